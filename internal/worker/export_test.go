package worker

import (
	"time"

	"tenure/contract"
	"tenure/internal/store"
)

// ForgetLastRecord has a shard that was claimed remember another message than the one that it took last.
func (w *Worker) ForgetLastRecord(topic string, partition int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	number, _ := contract.ShardOf(topic, partition)
	fresh := w.claims[store.ShardID(number)]
	fresh.claim.LastRecord = []byte("another")
	w.claims[store.ShardID(number)] = fresh
}

// SetTrap has a worker call trap before each decision; an error, a panic or no end of it is the decision's.
func (w *Worker) SetTrap(trap func(kind, id string) error) { w.trap = trap }

// SetWatchdogTick sets how often the watchdog compares the progress of decisions, which seem to keep a core busy.
func (w *Worker) SetWatchdogTick(d time.Duration) {
	w.watchdogTick, w.processorTime = d, busySince(time.Now())
}

// busySince is the processor time of a process that always has one.
func busySince(began time.Time) func() time.Duration {
	return func() time.Duration { return time.Since(began) }
}

// SetRecordTime makes the time of records count with a clock of a test, as it does with the machine's.
func (w *Worker) SetRecordTime() { w.recordTime = true }

// SetNotYetMax sets how long a shard waits for what others are about to decide.
func (w *Worker) SetNotYetMax(d time.Duration) { w.notYetMax = d }
