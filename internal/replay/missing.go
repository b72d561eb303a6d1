package replay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/store"
)

// idsMax bounds the ids that are kept of a topic whose positions do not tell messages apart: 256 MiB.
const idsMax = 32 << 20

var (
	// ErrAhead says that a topic knows more than the log: filling it would mix two histories.
	ErrAhead = errors.New("the topic knows positions that the log does not have: the database is older than the topic")
	// ErrTooMany says that more ids would have to be kept than there is room for.
	ErrTooMany = fmt.Errorf("the topic has more than %d lines in that part of the log: say --shard or --from and --to, "+
		"and do it in parts", idsMax)
)

// presence is what a topic has of a part of the log: a bit for each position, which are dense, and where an event may
// have several messages half of each id.
type presence struct {
	spans   map[store.ShardID]store.Span
	bits    map[store.ShardID][]uint64 // from the first position of the span on
	several bool
	ids     []uint64 // sorted once all are there

	// Messages is how many the topic holds, Foreign how many of them are not of our log.
	messages, foreign int64
	ahead             map[store.ShardID]int64 // the highest position of each shard
}

func newPresence(spans []store.Span, several bool) *presence {
	p := &presence{
		spans: map[store.ShardID]store.Span{}, bits: map[store.ShardID][]uint64{},
		several: several, ahead: map[store.ShardID]int64{},
	}
	for _, span := range spans {
		p.spans[span.Shard] = span
		p.bits[span.Shard] = make([]uint64, (span.Last-span.First)/64+1)
	}
	return p
}

// scan reads a topic from its beginning to where it ends now.
func scan(ctx context.Context, lookup *bus.TopicReader, topic string, spans []store.Span) (*presence, error) {
	p := newPresence(spans, contract.SeveralPerEvent(topic))
	if err := lookup.ReadAll(ctx, []string{topic}, nil, p.note); err != nil {
		return nil, err
	}
	p.sort()
	return p, nil
}

// sort has the ids found by has.
func (p *presence) sort() {
	slices.Sort(p.ids)
	p.ids = slices.Compact(p.ids)
}

// note takes one message of the topic.
func (p *presence) note(m bus.Message) error {
	p.messages++
	number, position, err := bus.ParsePosition(string(m.Header("ce_position")))
	id, ok := half(m)
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
	p.bits[shard][(position-span.First)/64] |= 1 << ((position - span.First) % 64)
	if !p.several {
		return nil
	}
	if len(p.ids) >= idsMax {
		return ErrTooMany
	}
	p.ids = append(p.ids, id)
	return nil
}

// half is the first half of a message's id: ids are hashes, and among a hundred million of them two that share it are
// one chance in a thousand.
func half(m bus.Message) (uint64, bool) {
	id, err := uuid.ParseBytes(m.Header("ce_id"))
	return binary.BigEndian.Uint64(id[:8]), err == nil
}

// has reports whether the topic has a message of a position.
func (p *presence) has(shard store.ShardID, position int64, m bus.Message) bool {
	span, known := p.spans[shard]
	if !known || position < span.First || position > span.Last {
		return true // not asked for
	}
	at := position - span.First
	if p.bits[shard][at/64]&(1<<(at%64)) == 0 {
		return false
	}
	if !p.several {
		return true
	}
	id, _ := half(m)
	_, found := slices.BinarySearch(p.ids, id)
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
			kept = append(kept, o.mark(m))
		}
	}
	return kept
}
