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
	name := fmt.Sprintf("again-%d", w.daysBegun)
	w.replays = append(w.replays, w.publishAgain(replay.Request{Name: name, Topic: name,
		Reason: "a consumer lost its copy", Filter: replay.Filter{Ledgers: contract.Ledgers()}}))
}

// fillTopics has an operator publish again what topics lack, as for whatever they lost before they were accepted.
func (w *world) fillTopics() {
	w.t.Helper()
	for _, topic := range digest.Published() {
		w.publishAgain(replay.Request{Name: fmt.Sprintf("missing-%s-%d", topic, w.daysBegun), Topic: topic, Missing: true,
			Reason: "the topics were accepted"})
	}
}

// publishAgain has an operator start a replay, and wait until it is done.
func (w *world) publishAgain(r replay.Request) (done store.Replay) {
	w.t.Helper()
	r.Who = "operator"
	first, names := r.Name, 1
	w.eventually("the replay "+first+" is done", func() bool {
		lookup, err := bus.NewTopicReader(w.kafka(w.own))
		if err != nil {
			return false
		}
		defer lookup.Close()
		runner := &replay.Runner{Store: w.store, Kafka: w.kafka(w.own), Lookup: lookup, Publisher: w.pub.Load(),
			Clock: replay.RealClock()}
		_, err = runner.Start(context.Background(), r)
		switch {
		case errors.Is(err, replay.ErrNothing):
			return true
		case errors.Is(err, replay.ErrTaken):
			names++
			r.Name = fmt.Sprint(first, "-", names)
			if !r.Missing {
				r.Topic = r.Name
			}
		}
		if err != nil && !errors.Is(err, store.ErrReplayExists) {
			return false
		}
		done, err = runner.Run(context.Background(), r.Name)
		if err != nil {
			w.expireReplays()
		}
		return err == nil && done.State == store.ReplayDone
	})
	return done
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
