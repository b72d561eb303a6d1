package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/orders"
)

// providerLooksEvery is how often the provider reads on.
const providerLooksEvery = 100 * time.Millisecond

// confirmations maps what is asked of a provider to the command that confirms it.
var confirmations = map[string]string{
	events.ExtensionDeletionRequested{}.EventType(): "employee.confirm_extension_deleted.v1",
	events.MvnoDeletionRequested{}.EventType():      "employee.confirm_mvno_account_deleted.v1",
}

// provide plays PBX and mobile operator: it reads employee.events and confirms every deletion that is asked of it, by a
// command whose id follows from the event, so that reading an event twice confirms once.
func (s *show) provide(ctx context.Context) error {
	from := bus.Ends{}
	ticker := time.NewTicker(providerLooksEvery)
	defer ticker.Stop()
	for {
		var list []orders.Order
		err := s.lookup.ReadAll(ctx, []string{bus.EmployeeEvents}, from, func(m bus.Message) error {
			for len(from[m.Topic]) <= int(m.Partition) {
				from[m.Topic] = append(from[m.Topic], 0)
			}
			from[m.Topic][m.Partition] = m.Offset + 1
			confirm, asked := confirmations[string(m.Header("ce_type"))]
			if !asked {
				return nil
			}
			var what struct {
				ID string `json:"_id"`
			}
			if err := json.Unmarshal(m.Value, &what); err != nil {
				return err
			}
			list = append(list, orders.Order{
				Type: confirm, Subject: string(m.Key), ID: "provider/" + string(m.Header("ce_id")), Actor: actor,
				Data: object{"_id": what.ID},
			})
			return nil
		})
		if err == nil && len(list) > 0 {
			_, err = s.dispatcher.Send(ctx, list, nil)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("demo: provider: %w", err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil
		}
	}
}
