package childworker

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"

	"tenure/internal/store"
)

// envSignal is the signal that the process sends itself, at which hit (from 1) of which step of a write.
const envSignal = "TENURE_CHILD_SIGNAL"

// KillAt is the option of a process that kills itself at a hit (from 1) of a step of a write.
func KillAt(step string, hit int) string { return atStep(syscall.SIGKILL, step, hit) }

// StopAt is the option of a process that stops itself there, until it is told to continue.
func StopAt(step string, hit int) string { return atStep(syscall.SIGSTOP, step, hit) }

func atStep(sig syscall.Signal, step string, hit int) string {
	return fmt.Sprintf("%s=%d %d %s", envSignal, sig, hit, step)
}

// SignalAtStep makes this process do what KillAt or StopAt said when it was started.
func SignalAtStep() {
	wanted := os.Getenv(envSignal)
	if wanted == "" {
		return
	}
	var sig syscall.Signal
	var hit int64
	var step string
	if _, err := fmt.Sscanf(wanted, "%d %d %s", &sig, &hit, &step); err != nil {
		panic(fmt.Errorf("%s=%q: %w", envSignal, wanted, err))
	}
	var hits atomic.Int64
	store.SetFailpoint(func(at string) {
		if at == step && hits.Add(1) == hit {
			signalHere(sig)
		}
	})
}
