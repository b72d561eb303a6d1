package bus

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// A message that was acknowledged is where it was acknowledged until retention removes it. Where another one is there,
// or the partition ends before, an election has cost the partition its end. Who was there notices it by offsets that
// fall, unless others have published as many messages meanwhile as were lost. So each message after which a partition
// may have got another leader is looked at again, by its id.

// End is a message that was acknowledged: the last of some in its partition.
type End struct {
	Topic     string
	Partition int32
	Offset    int64
	ID        string // ce_id
}

// EndOf is where a message stands.
func EndOf(m Message) End {
	return End{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, ID: string(m.Header("ce_id"))}
}

// doubts are messages of a partition that may be lost, and whether some are. The zero value has none.
type doubts struct {
	mu    sync.Mutex
	open  []End
	gone  []End // what was reported and is not published again yet
	lost  bool
	last  End   // the last message that was acknowledged
	seen  End   // the one that a look has found where it was
	epoch int32 // of the leader that acknowledged it
	known bool
}

func (d *doubts) add(all ...End) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range all {
		if !slices.Contains(d.gone, e) {
			d.open = append(d.open, e)
		}
	}
}

func (d *doubts) list() []End {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.open)
}

// lose notes that the partition lacks messages, or has everything again.
func (d *doubts) lose(lost bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost = lost; !lost {
		d.gone = nil
	}
}

// led notes the leader as the client knows it: it may have lost what another one has acknowledged.
func (d *doubts) led(epoch int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known && epoch != d.epoch {
		d.open = append(d.open, d.last)
		d.epoch = epoch
	}
}

// acknowledged notes the last message of a call.
func (d *doubts) acknowledged(last End, epoch int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last, d.epoch, d.known = last, epoch, true
}

// unseen is the last message that was acknowledged, unless a look has found it.
func (d *doubts) unseen() (last End, is bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last, d.known && d.last != d.seen
}

// saw notes that a message is where it was acknowledged.
func (d *doubts) saw(e End) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = e
}

// settle ends the doubt about what was looked at.
func (d *doubts) settle(looked End, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gone {
		d.gone = append(d.gone, looked)
	}
	d.open = slices.DeleteFunc(d.open, func(e End) bool { return e == looked })
}

// epoch is that of a partition's leader, as far as the client knows.
func (p *Publisher) epoch(at place) int32 {
	_, epoch, _ := p.client.PartitionLeader(at.topic, at.partition)
	return epoch
}

// complete notes that a message has its answer, and where the last one of a call in a partition is. What another leader
// may have acknowledged is in doubt.
func (part *publishPart) complete(last *kgo.Record, err error) {
	if part.answered() != 0 || err != nil || last.Offset < 0 {
		return
	}
	epoch := part.p.epoch(part.at)
	if part.epoch < 0 { // the client had not heard of the partition yet
		part.epoch = epoch
	}
	part.end.doubts.led(part.epoch)
	part.end.doubts.led(epoch)
	if epoch != part.epoch {
		part.doubt()
	}
	part.end.doubts.acknowledged(part.p.endOf(last), part.epoch)
}

// doubt doubts all messages of the call in the partition: its leader changed meanwhile.
func (part *publishPart) doubt() {
	for i := range part.call.batch {
		m := &part.call.batch[i]
		if m.Topic == part.at.topic && m.Partition == part.at.partition && m.Offset >= 0 {
			part.end.doubts.add(part.p.endOf(m))
		}
	}
}

func (p *Publisher) endOf(m *kgo.Record) End {
	e := End{Topic: strings.TrimPrefix(m.Topic, p.reader.cfg.TopicPrefix), Partition: m.Partition, Offset: m.Offset}
	for _, h := range m.Headers {
		if h.Key == "ce_id" {
			e.ID = string(h.Value)
		}
	}
	return e
}

// settle looks at what is in doubt in the partitions of a call: after it, what the call has written is there, or it is
// reported. What cannot be read yet stays in doubt.
func (c *publishCall) settle(ctx context.Context, p *Publisher) {
	if slices.ContainsFunc(c.parts, func(part *publishPart) bool { return len(part.end.doubts.list()) > 0 }) {
		_ = p.Verify(ctx, nil)
	}
}

// Verify looks whether messages that were acknowledged, perhaps for another process, are where they were, and all those
// that are in doubt. It reports partitions that have lost one. Those that cannot be read now are looked at again later.
func (p *Publisher) Verify(ctx context.Context, ends []End) error {
	for _, e := range ends {
		p.doubtsOf(e.Topic, e.Partition).add(e)
	}
	select {
	case p.verifying <- struct{}{}:
		defer func() { <-p.verifying }()
	case <-ctx.Done(): // the brokers may let another one wait
		return ctx.Err()
	}
	open := p.ends.doubtful()
	if len(open) == 0 {
		return nil
	}
	gone, unknown, err := p.reader.Gone(ctx, open)
	if err != nil {
		return err
	}
	for at := range partitionsOf(gone) {
		p.ReportLost(at.topic, at.partition, offsetFirst)
	}
	for _, e := range open {
		if !slices.Contains(unknown, e) {
			p.doubtsOf(e.Topic, e.Partition).settle(e, slices.Contains(gone, e))
		}
	}
	return nil
}

func partitionsOf(ends []End) map[place]bool {
	all := map[place]bool{}
	for _, e := range ends {
		all[place{e.Topic, e.Partition}] = true
	}
	return all
}

// offsetFirst is where a loss begins of which it is only known that it is before some message.
const offsetFirst = 0

// Sure reports whether a partition has everything that was acknowledged, as far as it is known.
func (p *Publisher) Sure(topic string, partition int32) bool {
	d := p.doubtsOf(topic, partition)
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.lost && len(d.open) == 0
}

// Refilled notes that a topic has again what it had lost.
func (p *Publisher) Refilled(topic string) {
	p.ends.mu.Lock()
	defer p.ends.mu.Unlock()
	for at, one := range p.ends.all {
		if at.topic == p.reader.cfg.TopicPrefix+topic {
			one.doubts.lose(false)
		}
	}
}

func (p *Publisher) doubtsOf(topic string, partition int32) *doubts {
	return &p.ends.of(place{p.reader.cfg.TopicPrefix + topic, partition}).doubts
}

// doubtful are all messages that are in doubt.
func (e *ends) doubtful() (all []End) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.all {
		all = append(all, one.doubts.list()...)
	}
	return all
}
