package bus

import "fmt"

// leftMax is how many messages of a partition may wait whose callers have gone. Each repetition of a caller that hears
// nothing adds to them, all are in memory until the partition can be written to again, and then all arrive: what comes
// on top is refused before it is with the client, which turns no order around.
const leftMax = 1000

// leave says that the caller has gone.
func (c *publishCall) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, part := range c.parts {
		part.gone = true
		part.end.left.Add(part.open.Load())
	}
}

// refuses is an error where too many messages wait whose callers have gone.
func (e *end) refuses(at place) error {
	if left := e.left.Load(); left >= leftMax {
		return fmt.Errorf("partition %d cannot be written to, and %d messages wait for it that nobody waits for any more",
			at.partition, left)
	}
	return nil
}
