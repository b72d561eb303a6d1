package bus

import "time"

// Observer sees what becomes of the partitions of a consumer. Its methods are called by many goroutines, and must be
// quick.
type Observer interface {
	// Assigned tells that the group has given this process n partitions of a topic again; none when others have all.
	Assigned(topic string, n int)
	// Unassigned tells that it has none until the next Assigned: the group forms again, or cannot be reached.
	Unassigned(topic string)
	// Working tells that a partition is claimed and its owner works on it.
	Working(topic string, partition int32)
	// Round tells that the owner came round and asked for messages.
	Round(topic string, partition int32, at time.Time)
	// Stopped tells that a partition is blocked with an error; it is claimed again after a pause.
	Stopped(topic string, partition int32, err error)
	// Left reports that a partition is no longer this process's.
	Left(topic string, partition int32)
	// TailLost reports that a partition has lost messages that were published: one that was acknowledged got an offset
	// which is not above the one before it.
	TailLost(topic string, partition int32, offset int64)
}

// nobody observes nothing.
type nobody struct{}

// Assigned sees nothing.
func (nobody) Assigned(string, int) {}

// Unassigned sees nothing.
func (nobody) Unassigned(string) {}

// Working sees nothing.
func (nobody) Working(string, int32) {}

// Round sees nothing.
func (nobody) Round(string, int32, time.Time) {}

// Stopped sees nothing.
func (nobody) Stopped(string, int32, error) {}

// Left sees nothing.
func (nobody) Left(string, int32) {}

// TailLost sees nothing.
func (nobody) TailLost(string, int32, int64) {}

func (c Config) observer() Observer {
	if c.Observer == nil {
		return nobody{}
	}
	return c.Observer
}
