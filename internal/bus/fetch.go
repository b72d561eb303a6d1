package bus

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"tenure/internal/backoff"

	"github.com/IBM/sarama"
)

const (
	// fetchVersion is the newest fetch that names topics by name and partitions
	// without a session.
	fetchVersion = 11
	// fetchBytesMax is how much one fetch of a lookup asks for.
	fetchBytesMax = 4 << 20
	// fetchTriesMax is how often a lookup asks again after an error that may
	// pass: about ten seconds, then whoever asked has to decide.
	fetchTriesMax = 20
)

// Ends are offsets per topic and partition: where a reading begins or stops.
type Ends map[string][]int64

// Ends returns where the topics end now.
func (l *TopicReader) Ends(ctx context.Context, topics []string) (Ends, error) {
	states, err := l.TopicStates(ctx, topics)
	if err != nil {
		return nil, err
	}
	ends := Ends{}
	for _, s := range states {
		for _, p := range s.Partitions {
			ends[s.Topic] = append(ends[s.Topic], p.Newest)
		}
	}
	return ends, nil
}

// ReadAll calls fn with each message of the topics, from the given offsets (nil:
// from the oldest) to the ends at the time of the call; by topic, partition and
// offset. An offset that the topic no longer holds is read from the oldest.
func (l *TopicReader) ReadAll(ctx context.Context, topics []string, from Ends, fn func(Message) error) error {
	states, err := l.TopicStates(ctx, topics)
	if err != nil {
		return err
	}
	for _, s := range states {
		for p, bounds := range s.Partitions {
			begin := bounds.Oldest
			if since := from[s.Topic]; p < len(since) {
				begin = max(begin, since[p])
			}
			if err := l.read(ctx, s.Topic, int32(p), begin, bounds.Newest, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// Range calls fn with the messages of a partition from one offset up to, and
// without, another.
func (l *TopicReader) Range(ctx context.Context, topic string, partition int32, from, to int64,
	fn func(Message) error) error {
	return l.read(ctx, topic, partition, from, to, fn)
}

// read is readBy with fetches of a size for many messages.
func (l *TopicReader) read(ctx context.Context, topic string, partition int32, from, to int64,
	fn func(Message) error) error {
	return l.readBy(ctx, topic, partition, PartitionState{from, to}, fetchBytesMax, fn)
}

// readBy fetches by itself: sarama's consumer does not say where it is when the
// last offsets hold no message, so a reader would wait for them indefinitely. Each fetch asks for size bytes and gets
// one batch at least.
func (l *TopicReader) readBy(ctx context.Context, topic string, partition int32, span PartitionState, size int32,
	fn func(Message) error) error {
	from, to := span.Oldest, span.Newest
	for tries := 0; from < to; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("bus: read %s/%d: %w", topic, partition, err)
		}
		block, err := l.fetch(ctx, topic, partition, from, size)
		if err != nil {
			if unreadable(err) {
				return fmt.Errorf("%w: %s/%d at %d or after: %w", ErrUnreadable, topic, partition, from, err)
			}
			if tries++; tries == fetchTriesMax || errors.Is(err, sarama.ErrOffsetOutOfRange) {
				return fmt.Errorf("bus: read %s/%d at %d: %w", topic, partition, from, err)
			}
			backoff.Sleep(ctx, time.Duration(tries)*50*time.Millisecond)
			continue
		}
		tries = 0
		next, err := deliver(block, topic, partition, from, to, fn)
		if err != nil {
			return err
		}
		// sarama drops batches that compaction has emptied, so an answer without
		// a batch is an empty one: step over it.
		from = max(next, from+1)
	}
	return nil
}

// fetch returns the batches from an offset on, up to size bytes and at least one. When ctx ends while a broker hangs,
// it returns at once: the request ends by itself after fetchTimeout, and its answer is dropped.
func (l *TopicReader) fetch(
	ctx context.Context, topic string, partition int32, from int64, size int32,
) (*sarama.FetchResponseBlock, error) {
	type answer struct {
		block *sarama.FetchResponseBlock
		err   error
	}
	answered := make(chan answer, 1)
	go func() {
		block, err := l.request(l.cfg.TopicPrefix+topic, partition, from, size)
		answered <- answer{block, err}
	}()
	select {
	case a := <-answered:
		return a.block, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// request asks the leader of a partition once. After an error of the connection another node may lead it.
func (l *TopicReader) request(
	topic string, partition int32, from int64, size int32,
) (*sarama.FetchResponseBlock, error) {
	leader, err := l.client.Leader(topic, partition)
	if err != nil {
		return nil, err
	}
	request := &sarama.FetchRequest{
		Version: fetchVersion, Isolation: sarama.ReadCommitted, SessionEpoch: -1,
		MaxWaitTime: int32(fetchWait / time.Millisecond), MinBytes: 1, MaxBytes: size,
	}
	request.AddBlock(topic, partition, from, size, -1)
	response, err := leader.Fetch(request)
	if unreadable(err) {
		return nil, err
	}
	if err != nil {
		_ = leader.Close()                  // a connection in an unknown state; the next try opens another
		_ = l.client.RefreshMetadata(topic) // the next try says if that failed too
		return nil, err
	}
	block := response.GetBlock(topic, partition)
	if block == nil {
		return nil, sarama.ErrIncompleteResponse
	}
	if !errors.Is(block.Err, sarama.ErrNoError) {
		_ = l.client.RefreshMetadata(topic) // the leader may have moved; the next try says if not
		return nil, block.Err
	}
	return block, nil
}

// deliver hands the block's messages to fn and returns the offset after it.
func deliver(
	block *sarama.FetchResponseBlock, topic string, partition int32, from, to int64, fn func(Message) error,
) (next int64, err error) {
	rolledBack := abortedIn(block)
	for _, set := range block.RecordsSet {
		batch := set.RecordBatch
		if batch == nil || batch.PartialTrailingRecord {
			continue
		}
		next = batch.LastOffset() + 1
		if rolledBack.skips(batch) {
			continue
		}
		for _, r := range batch.Records {
			offset := batch.FirstOffset + r.OffsetDelta
			if offset < from || offset >= to {
				continue
			}
			m := Message{
				Topic: topic, Partition: partition, Offset: offset, Key: r.Key, Value: r.Value,
				Headers: headersFromSarama(r.Headers), Time: recordTime(batch, r),
			}
			if err := fn(m); err != nil {
				return 0, err
			}
		}
	}
	return next, nil
}

// recordTime is the time of a record: its producer's, or where the topic says so, that at which the broker took the
// batch.
func recordTime(batch *sarama.RecordBatch, r *sarama.Record) time.Time {
	if batch.LogAppendTime {
		return batch.MaxTimestamp
	}
	return batch.FirstTimestamp.Add(r.TimestampDelta)
}

// aborted knows which producers' batches are of a transaction that was rolled
// back; the broker lists where each begins, and a marker ends it.
type aborted struct {
	begins []*sarama.AbortedTransaction
	open   map[int64]bool
}

func abortedIn(block *sarama.FetchResponseBlock) aborted {
	begins := slices.Clone(block.AbortedTransactions)
	slices.SortFunc(begins, func(a, b *sarama.AbortedTransaction) int { return int(a.FirstOffset - b.FirstOffset) })
	return aborted{begins: begins, open: map[int64]bool{}}
}

// skips reports whether the batch holds nothing for a reader.
func (a *aborted) skips(batch *sarama.RecordBatch) bool {
	for len(a.begins) > 0 && a.begins[0].FirstOffset <= batch.LastOffset() {
		a.open[a.begins[0].ProducerID] = true
		a.begins = a.begins[1:]
	}
	if batch.Control {
		if endsAborted(batch) {
			delete(a.open, batch.ProducerID)
		}
		return true
	}
	return batch.IsTransactional && a.open[batch.ProducerID]
}

// endsAborted reports whether a control batch is the marker behind a transaction that was rolled back.
func endsAborted(batch *sarama.RecordBatch) bool {
	const typeAt, typeAbort = 2, 0 // the key of a marker: version, type
	return len(batch.Records) > 0 && len(batch.Records[0].Key) >= 4 &&
		binary.BigEndian.Uint16(batch.Records[0].Key[typeAt:]) == typeAbort
}
