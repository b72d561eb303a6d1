package replay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"tenure/internal/bus"
	"tenure/internal/store"
)

// printsMax bounds what is kept of a topic's messages: 256 MiB.
const printsMax = 32 << 20

var (
	// ErrAhead says that a topic knows more than the log: filling it would mix two histories.
	ErrAhead = errors.New("the topic knows positions that the log does not have: the database is older than the topic")
	// ErrTooMany says that more ids would have to be kept than there is room for.
	ErrTooMany = fmt.Errorf("the topic has more than %d messages in that part of the log: say --shard or --from and "+
		"--to, and do it in parts", printsMax)
)

// presence is what a topic has of a part of the log: the prints of its messages, so that one which stands at a position
// of the log with other content, as after a failover, does not pass for it.
type presence struct {
	spans  map[store.ShardID]store.Span
	prints []uint64 // sorted once all are there

	// Messages is how many the topic holds, Foreign how many of them are not of our log.
	messages, foreign int64
	ahead             map[store.ShardID]int64 // the highest position of each shard
}

func newPresence(spans []store.Span) *presence {
	p := &presence{spans: map[store.ShardID]store.Span{}, ahead: map[store.ShardID]int64{}}
	for _, span := range spans {
		p.spans[span.Shard] = span
	}
	return p
}

// scan reads a topic from its beginning to where it ends now.
func scan(ctx context.Context, lookup *bus.TopicReader, topic string, spans []store.Span) (*presence, error) {
	p := newPresence(spans)
	if err := lookup.ReadAll(ctx, []string{topic}, nil, p.note); err != nil {
		return nil, err
	}
	p.sort()
	return p, nil
}

// sort has the prints found by has.
func (p *presence) sort() {
	slices.Sort(p.prints)
	p.prints = slices.Compact(p.prints)
}

// note takes one message of the topic.
func (p *presence) note(m bus.Message) error {
	p.messages++
	number, position, err := bus.ParsePosition(string(m.Header("ce_position")))
	found, ok := printOf(m)
	if err != nil || !ok {
		p.foreign++
		return nil
	}
	shard := store.ShardID(number)
	p.ahead[shard] = max(p.ahead[shard], position)
	span, wanted := p.spans[shard]
	if !wanted || position < span.First || position > span.Last {
		return nil
	}
	if len(p.prints) >= printsMax {
		return ErrTooMany
	}
	p.prints = append(p.prints, found)
	return nil
}

// printed are the headers that tell a message's content: ids of events derive from it, a line has that of its event as
// its cause, and an outcome has its time. The bytes may be written otherwise by a newer build.
var printed = []string{"ce_id", "ce_causationid", "ce_time", "ce_position"}

// printOf is half of a hash of a message: among a hundred million of them two that share it are one chance in a
// thousand. A message whose id is none is not of our log.
func printOf(m bus.Message) (uint64, bool) {
	if _, err := uuid.ParseBytes(m.Header("ce_id")); err != nil {
		return 0, false
	}
	parts := make([][]byte, len(printed))
	for i, name := range printed {
		parts[i] = m.Header(name)
	}
	sum := bus.FingerprintOf(parts...)
	return binary.BigEndian.Uint64(sum[:]), true
}

// has reports whether the topic has a message of a position.
func (p *presence) has(shard store.ShardID, position int64, m bus.Message) bool {
	span, known := p.spans[shard]
	if !known || position < span.First || position > span.Last {
		return true // not asked for
	}
	wanted, _ := printOf(m)
	_, found := slices.BinarySearch(p.prints, wanted)
	return found
}

// check refuses a topic that knows more than the log, whose ends are given as of after the scan.
func (p *presence) check(ends func(store.ShardID) int64) error {
	for shard, position := range p.ahead {
		if end := ends(shard); position > end {
			return fmt.Errorf("%w: %d in shard %d, whose log ends at %d", ErrAhead, position, shard, end)
		}
	}
	return nil
}

// lacking gives those of a record's messages that the topic lacks, as the replay publishes them.
func (p *presence) lacking(o Request, shard store.ShardID, r *record) []bus.Message {
	kept := r.messages[:0]
	for _, m := range r.messages {
		if m.Topic == o.Topic && o.Filter.wantsMessage(m) && !p.has(shard, r.position, m) {
			kept = append(kept, bus.Replayed(m, o.Name))
		}
	}
	return kept
}
