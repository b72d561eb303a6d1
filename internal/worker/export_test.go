package worker

import "time"

// SetTrap has a worker call trap before each decision; an error, a panic or no end of it is the decision's.
func (w *Worker) SetTrap(trap func(kind, id string) error) { w.trap = trap }

// SetStuckTick is how often the watch of decisions looks.
func (w *Worker) SetStuckTick(d time.Duration) { w.stuckTick = d }
