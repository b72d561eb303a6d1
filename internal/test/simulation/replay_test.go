package simulation

import (
	"context"
	"errors"
	"fmt"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/replay"
	"tenure/internal/store"
	"tenure/internal/test/digest"
)

// replay has an operator publish the log on a separate topic, in lives whose moment it is. A replay whose row was lost
// with the last commits is asked for again under another name, as its error says.
func (w *world) replay() {
	w.t.Helper()
	if !w.wild || w.moment.within != momentOfReplay || w.daysBegun < 2 {
		return
	}
	var done store.Replay
	names := 0
	w.eventually("the replay is done", func() bool {
		lookup, err := bus.NewTopicReader(w.kafka(w.own))
		if err != nil {
			return false
		}
		defer lookup.Close()
		runner := &replay.Runner{Store: w.store, Kafka: w.kafka(w.own), Lookup: lookup, Publisher: w.pub.Load(),
			Clock: replay.RealClock()}
		name := fmt.Sprintf("again-%d-%d", w.daysBegun, names)
		_, err = runner.Start(context.Background(), replay.Request{Name: name, Topic: name, Who: "operator",
			Reason: "a consumer lost its copy", Filter: replay.Filter{Ledgers: contract.Ledgers()}})
		if errors.Is(err, replay.ErrTaken) {
			names++
		}
		if err != nil && !errors.Is(err, store.ErrReplayExists) {
			return false
		}
		done, err = runner.Run(context.Background(), name)
		if err != nil {
			w.expireReplays()
		}
		return err == nil && done.State == store.ReplayDone
	})
	w.replays = append(w.replays, done)
}

// expireReplays ends the leases of replays, see expire.
func (w *world) expireReplays() {
	w.exec("UPDATE leases SET lease_until = '1970-01-01Z' WHERE name LIKE 'replay/%'")
}

// replaysHoldTheLog fails unless each replay has published what it was to publish, and nothing else.
func (w *world) replaysHoldTheLog() {
	w.t.Helper()
	for _, r := range w.replays {
		if _, found, err := w.store.Replay(context.Background(), r.Name); err == nil && !found {
			continue // it was lost after it was done
		}
		digest.ReplayHoldsTheLog(w.t, w.store, w.kafka(w.own), r)
	}
}
