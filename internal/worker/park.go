package worker

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tenure/domain"
	"tenure/internal/store"
)

// parkFailed parks a subject on which time or a run failed. There is no message that could wait in its queue, so a row
// under its own name represents it: what holds a stream must be visible, and is removed by the operator who frees it.
func (b *batch) parkFailed(row store.Subject, why string) {
	detail := "time failed on it: " + why
	if b.asOf != 0 {
		detail = "the run of " + b.asOf.String() + " failed on it: " + why
	}
	b.write.Parked = append(b.write.Parked, store.Parked{
		Topic:     row.Stream,
		Partition: b.owner.claim.Shard.Partition(),
		Offset:    b.owner.claim.NextOffset,
		Shard:     b.owner.claim.Shard,
		Stream:    row.Stream,
		Reason:    reasonFailed,
		Detail:    detail,
		Headers:   []byte("[]"),
		At:        b.world.Now,
		State:     store.StateParked,
		Holds:     true,
	})
	b.owner.Observer.Parked(int32(b.owner.claim.Shard), reasonFailed)
	b.park(row)
}

// park parks a subject without reading its state, which may be what is broken.
func (b *batch) park(row store.Subject) *subject {
	s, ok := b.subjects[row.Stream]
	if !ok {
		s = &subject{stream: row.Stream, row: row}
		b.subjects[row.Stream] = s
		b.order = append(b.order, s)
	}
	s.row.Parked, s.touched, s.opaque = true, true, s.state == nil
	return s
}

// What parking a message writes. Each step shares less with what the database refused.
const (
	parkSubject = iota // the message, its outcome, and its subject, whose later commands queue behind it
	parkMessage        // the message and its outcome
	parkAlone          // the message, and the notice of it
)

// parkMessage keeps the message as it came. One that was stopped by a fault of the program or by a conflict parks its
// subject: what comes later for the subject queues behind it, and all others continue.
func (b *batch) parkMessage(it *item) error {
	kept, err := b.kept(it)
	if err != nil {
		return err
	}
	b.write.Parked = append(b.write.Parked, kept)
	b.owner.Observer.Parked(int32(b.owner.claim.Shard), it.parkAs)
	if err := b.announce(it); err != nil {
		return err
	}
	if kept.Holds && it.parkAs != reasonQueued {
		row := b.known.Subjects[it.stream]
		row.Stream = it.stream
		if _, err := b.subject(it.stream); err != nil && row.Version == 0 {
			return err // there is no subject that could be parked
		}
		b.park(row)
	}
	if it.id == "" || it.parking == parkAlone || it.row != nil && it.row.CommandID == it.id {
		return nil // its outcome cannot be asked for, or was published before
	}
	return b.publishParked(it)
}

// announce adds the notice of a message that is newly parked.
func (b *batch) announce(it *item) error {
	if it.row != nil {
		return nil
	}
	letter, err := b.deadLetter(it)
	if err != nil {
		return err
	}
	b.write.Outcomes = append(b.write.Outcomes, letter)
	return nil
}

// publishParked says that the message is parked. A final outcome that the same command has is the last word.
func (b *batch) publishParked(it *item) error {
	a := it.outcome(domain.StatusParked)
	a.Reason = it.parkAs
	if known, ok := b.answered(it); ok && bytes.Equal(known.Content, it.content) {
		var err error
		if a, err = it.repeated(known); err != nil {
			return err
		}
	}
	return b.publish(it, a, false)
}

// kept is the row of a parked message: a new one, or the one that it has.
func (b *batch) kept(it *item) (store.Parked, error) {
	var p store.Parked
	if it.row != nil {
		p = *it.row
	} else {
		headers, err := json.Marshal(it.msg.Headers)
		if err != nil {
			return p, fmt.Errorf("worker: headers of %s/%d@%d: %w", it.msg.Topic, it.msg.Partition, it.msg.Offset, err)
		}
		p = store.Parked{
			Topic: it.msg.Topic, Partition: it.msg.Partition, Offset: it.msg.Offset, Shard: b.owner.claim.Shard,
			Key: it.msg.Key, Value: it.msg.Value, Headers: headers, At: b.world.Now,
		}
	}
	p.Stream, p.CommandID, p.Reason, p.Detail, p.State = it.stream, it.id, it.parkAs, it.detail, store.StateParked
	switch it.parkAs {
	case reasonBroken, reasonConflict, reasonQueued:
		p.Holds = it.parking == parkSubject
	}
	return p, nil
}
