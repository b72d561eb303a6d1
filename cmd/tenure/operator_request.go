package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/internal/store"
	"tenure/internal/table"
)

// operatorRequest has the flags of commands that request something of the owners of shards.
type operatorRequest struct {
	by, reason string
	wait       time.Duration
	dry        bool
}

// requestPollInterval is the pause between two reads of the requests.
const requestPollInterval = 100 * time.Millisecond

func (a *operatorRequest) flags(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&a.by, "who", operator(), "name of the operator, recorded in the log")
	cmd.Flags().StringVar(&a.reason, "reason", "", usage)
	cmd.Flags().DurationVar(&a.wait, "wait", answerTime, "time to wait for the result; 0: do not wait")
}

// request stores a request and waits for its result.
func (p *program) request(ctx context.Context, s *store.Store, a operatorRequest, r store.Repair) error {
	r.ID, r.By, r.Reason = uuid.New(), a.by, a.reason
	if err := s.AskRepair(ctx, r); err != nil {
		return err
	}
	return p.await(ctx, s, []uuid.UUID{r.ID}, a.wait)
}

// repairView is a request as it is printed.
type repairView struct {
	ID      uuid.UUID `json:"id"`
	Action  string    `json:"action"`
	About   string    `json:"about"` // a stream, or topic/partition/offset
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	AskedAt time.Time `json:"askedAt"` // real time
	State   string    `json:"state"`   // open, done, failed
	Settled int64     `json:"settled"` // messages that are no longer parked because of it
	Detail  string    `json:"detail,omitempty"`
}

func repairOf(r store.Repair) repairView {
	v := repairView{
		ID: r.ID, Action: r.Action, About: r.Stream, By: r.By, Reason: r.Reason, AskedAt: r.AskedAt, State: r.State,
		Settled: r.Settled, Detail: r.Detail,
	}
	if v.About == "" {
		v.About = fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset)
	}
	return v
}

func repairTable(list []repairView) *table.Table {
	t := table.New("REQUESTED AT (UTC)", "ACTION", "ABOUT", "BY", "REASON", "STATE", ">PROCESSED", "DETAIL")
	for _, r := range list {
		t.Add(
			r.AskedAt.Format(time.DateTime),
			r.Action,
			r.About,
			r.By,
			r.Reason,
			r.State,
			count(r.Settled),
			firstLine(r.Detail),
		)
	}
	return t
}

// await waits until the owners have processed the requests. Exit codes: 3 when a message stays parked, 6 when there was
// nothing to request, 75 when an owner has not processed one in time.
func (p *program) await(ctx context.Context, s *store.Store, ids []uuid.UUID, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		found, err := s.RepairsByID(ctx, ids)
		if err != nil {
			return err
		}
		states := map[string]int{}
		list := make([]repairView, len(found))
		for i, r := range found {
			list[i] = repairOf(r)
			states[r.State]++
		}
		if states[store.RepairOpen] > 0 && time.Now().Before(deadline) {
			select {
			case <-time.After(requestPollInterval):
				continue
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err := p.print(list, repairTable(list)); err != nil {
			return err
		}
		return resultOf(states, len(list), patience)
	}
}

// resultOf is the exit code of the requests.
func resultOf(states map[string]int, asked int, patience time.Duration) error {
	switch {
	case asked == 0:
		return coded(exitNothing, errors.New("no such message is parked"))
	case states[store.RepairFailed] > 0:
		return coded(exitParked, errQuiet)
	case states[store.RepairOpen] > 0 && patience > 0:
		return coded(
			exitTryAgain,
			errors.New("the owners of the shards have not processed the request yet; see: tenure parked list"),
		)
	}
	return nil
}
