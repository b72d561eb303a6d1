package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/catalog"
	"tenure/internal/store"
	"tenure/internal/table"
)

// policyView is one value of the policy, as it is printed.
type policyView struct {
	Key   string       `json:"key"`
	Value string       `json:"value"`
	From  billing.Date `json:"from,omitzero"` // none: from the beginning
	Holds bool         `json:"holds"`         // today
}

func (p *program) policyShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show",
		Short:   "Show the billing policy with the days from which its values hold",
		Args:    cobra.NoArgs,
		Example: "  tenure policy show --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			log, now, err := p.readPolicy(ctx, s)
			if err != nil {
				return err
			}
			today := log.At(now).Values()
			views := viewPolicy(log, today)
			t := table.New("KEY", "VALUE", "FROM", "HOLDS")
			for _, v := range views {
				t.Add(v.Key, v.Value, v.From.String(), fmt.Sprint(v.Holds))
			}
			return p.print(views, t)
		}),
	}
}

// readPolicy gives the values of the policy by day: those of the log, else those that the system began with, else those
// of the configuration.
func (p *program) readPolicy(ctx context.Context, s *store.Store) (billing.PolicyLog, time.Time, error) {
	now, simulated, err := s.Clock(ctx)
	if err != nil {
		return nil, now, err
	}
	if !simulated {
		now = time.Now().UTC()
	}
	latest, err := catalog.New(s, nil).Latest(ctx)
	if err != nil {
		return nil, now, err
	}
	if log := latest.Catalog.Policies(); len(log) > 0 {
		return log, now, nil
	}
	first, err := p.firstPolicy(ctx, s)
	return billing.PolicyLog{}.With(0, first), now, err
}

// firstPolicy is the one in force before any was set: the settings of the first start.
func (p *program) firstPolicy(ctx context.Context, s *store.Store) (billing.Policy, error) {
	first := p.config.Policy
	raw, err := s.Policy(ctx)
	if err != nil {
		return first, err
	}
	if raw != nil {
		if err := json.Unmarshal(raw, &first); err != nil {
			return first, err
		}
	}
	return first.Ready()
}

// viewPolicy lists each value of each key once, from the day on which it begins.
func viewPolicy(log billing.PolicyLog, today map[string]string) []policyView {
	var views []policyView
	for _, key := range billing.PolicyKeys() {
		last := ""
		for i, entry := range log {
			value := entry.Value.Values()[key]
			if i > 0 && value == last {
				continue
			}
			last = value
			views = append(views, policyView{Key: key, Value: value, From: entry.From, Holds: value == today[key]})
		}
	}
	return views
}
