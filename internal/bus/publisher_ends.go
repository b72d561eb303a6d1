package bus

import (
	"context"
	"slices"
	"strings"
	"time"

	"tenure/internal/backoff"
)

// endsInterval is how often the ends of the partitions that were published to are looked at: one that loses its tail is
// noticed although nothing more is published to it.
const endsInterval = 30 * time.Second

// watchEnds looks at the ends until ctx ends, with which the publisher is closed.
func (p *Publisher) watchEnds(ctx context.Context) {
	defer close(p.watched)
	suspects := map[place]int64{}
	for backoff.Sleep(ctx, endsInterval) {
		suspects = p.lookAtEnds(ctx, suspects)
		p.lookAtLast(ctx, suspects)
		_ = p.Verify(ctx, nil) // what cannot be read stays in doubt
	}
}

// lookAtEnds reports partitions that end before what was acknowledged last, the second time in a row: one whose leader
// is new may not know its end for a moment. It returns those that are seen so, with what was acknowledged last.
func (p *Publisher) lookAtEnds(ctx context.Context, before map[place]int64) map[place]int64 {
	last := p.ends.acknowledged() // first: what is acknowledged meanwhile is at the end too
	suspects := map[place]int64{}
	for topic, partitions := range last {
		name := strings.TrimPrefix(topic, p.reader.cfg.TopicPrefix)
		states, err := p.reader.TopicStates(ctx, []string{name})
		if err != nil {
			continue // it is away, or its brokers are: the next look tells
		}
		for number, offset := range partitions {
			if int(number) >= len(states[0].Partitions) {
				continue
			}
			p.ends.of(place{topic, number}).doubts.led(p.epoch(place{topic, number}))
			newest := states[0].Partitions[number].Newest
			at := place{topic, number}
			switch known, again := before[at]; {
			case newest > offset:
			case again && known == offset:
				if p.ends.of(at).last.CompareAndSwap(offset, newest-1) { // otherwise the next message has told
					p.ReportLost(name, number, newest)
				}
			default:
				suspects[at] = offset
			}
		}
	}
	return suspects
}

// acknowledged are the offsets of the messages that were acknowledged last, by topic and partition.
func (e *ends) acknowledged() map[string]map[int32]int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]map[int32]int64{}
	for at, one := range e.all {
		last := one.last.Load()
		if last < 0 {
			continue
		}
		if all[at.topic] == nil {
			all[at.topic] = map[int32]int64{}
		}
		all[at.topic][at.partition] = last
	}
	return all
}

// lookAtLast looks once at each message that was acknowledged last of its partition, but of those that end before it: a
// partition that has lost its end without another leader, and that others have filled since, is told by nothing else.
// What is not there is in doubt from now on.
func (p *Publisher) lookAtLast(ctx context.Context, suspects map[place]int64) {
	last := p.ends.unseen(suspects)
	gone, unknown, err := p.reader.Gone(ctx, last)
	if err != nil {
		return // the next look tells
	}
	for _, e := range last {
		switch d := p.doubtsOf(e.Topic, e.Partition); {
		case slices.Contains(gone, e):
			d.add(e)
		case !slices.Contains(unknown, e):
			d.saw(e)
		}
	}
}

// unseen are the messages that were acknowledged last of the partitions that are no suspects, unless a look has found
// them.
func (e *ends) unseen(suspects map[place]int64) (last []End) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for at, one := range e.all {
		_, suspect := suspects[at]
		if m, unseen := one.doubts.unseen(); unseen && !suspect {
			last = append(last, m)
		}
	}
	return last
}
