package simulation

import (
	"math/rand"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/test/digest"
)

// losable are the topics whose end may be lost: nobody but the sender of a life's commands writes to them.
var losable = []string{contract.CatalogCommands, contract.EmployeeCommands}

func canLose(messages []bus.Message) bool {
	return slices.ContainsFunc(messages, func(m bus.Message) bool { return slices.Contains(losable, m.Topic) })
}

// loss has a broker acknowledge what it does not keep, as one does that loses the end of its topics in an unclean
// election before anybody has taken it.
type loss struct {
	broker *kfake.Cluster
	topics []string
	// later leaves alone what has no messages yet: whether a partition is new or lost everything, nobody can tell who was
	// not there.
	later bool

	mu     sync.Mutex
	lasts  bool
	spared int             // of so many requests nothing is lost
	most   int             // of so many requests something is lost; 0: of all until the end
	next   map[place]int64 // the offset that a partition acknowledges next
	lost   map[place]int   // records
}

// place is a partition of a topic.
type place struct {
	topic     string
	partition int32
}

func newLoss(broker *kfake.Cluster, topics []string) *loss {
	l := &loss{broker: broker, topics: topics, lost: map[place]int{}}
	broker.ControlKey(kmsg.Produce.Int16(), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		response := l.answer(r.(*kmsg.ProduceRequest))
		return response, nil, response != nil
	})
	return l
}

// begin loses all but the first requests until end is called.
func (l *loss) begin(spared int) {
	next := map[place]int64{}
	for _, topic := range l.topics {
		for _, p := range l.broker.PartitionInfos(topic) {
			next[place{topic, p.Partition}] = p.HighWatermark
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lasts, l.spared, l.next = true, spared, next
}

func (l *loss) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lasts = false
}

// once loses what one of the next requests brings.
func (l *loss) once(spared int) {
	l.begin(spared)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most = 1
}

// spares reports whether nothing of a request is lost.
func (l *loss) spares(r *kmsg.ProduceRequest) bool {
	for _, t := range r.Topics {
		if !slices.Contains(l.topics, t.Topic) {
			return true
		}
		for _, p := range t.Partitions {
			if l.later && l.next[place{t.Topic, p.Partition}] == 0 {
				return true
			}
		}
	}
	return false
}

// answer acknowledges what is lost; nil: nothing is.
func (l *loss) answer(r *kmsg.ProduceRequest) kmsg.Response {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lasts {
		return nil
	}
	if l.spares(r) {
		l.keep(r)
		return nil
	}
	if l.spared--; l.spared >= 0 {
		l.keep(r)
		return nil
	}
	if l.most > 0 {
		l.most--
		l.lasts = l.most > 0
	}
	response := r.ResponseKind().(*kmsg.ProduceResponse)
	for _, t := range r.Topics {
		topic := kmsg.NewProduceResponseTopic()
		topic.Topic = t.Topic
		for _, p := range t.Partitions {
			topic.Partitions = append(topic.Partitions, l.acknowledge(place{t.Topic, p.Partition}, p.Records))
		}
		response.Topics = append(response.Topics, topic)
	}
	return response
}

// keep counts what the broker keeps, so that what is lost is acknowledged behind it. What had no messages is left as it
// is: the broker may refuse these.
func (l *loss) keep(r *kmsg.ProduceRequest) {
	for _, t := range r.Topics {
		for _, p := range t.Partitions {
			if at := (place{t.Topic, p.Partition}); l.next[at] > 0 {
				l.next[at] += int64(recordsOf(p.Records))
			}
		}
	}
}

// recordsOf is how many records a batch has.
func recordsOf(records []byte) int32 {
	var batch kmsg.RecordBatch
	_ = batch.ReadFrom(records) // of a producer that is right
	return batch.NumRecords
}

func (l *loss) acknowledge(at place, records []byte) kmsg.ProduceResponseTopicPartition {
	n := int(recordsOf(records))
	acknowledged := kmsg.NewProduceResponseTopicPartition()
	acknowledged.Partition, acknowledged.BaseOffset = at.partition, l.next[at]
	l.next[at] += int64(n)
	l.lost[at] += n
	return acknowledged
}

// partitions are those that have lost something.
func (l *loss) partitions() (all []digest.Partition) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for at := range l.lost {
		all = append(all, digest.Partition{Topic: at.topic, Number: at.partition})
	}
	return all
}

// unreadableMax is how many fetches of a partition that cannot be read fail: clients wait for seconds in between.
const unreadableMax = 3

// unreadable keeps one partition of commands from being read while the others are, so that what was sent first is taken
// last.
func (w *world) unreadable(random *rand.Rand) {
	topics := contract.CommandTopics()
	topic := topics[random.Intn(len(topics))]
	w.broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Fetch}, Topic: topic, Partitions: []int32{random.Int31n(partitions)},
		Err: kerr.NotLeaderForPartition, Count: 1 + random.Intn(unreadableMax)})
}
