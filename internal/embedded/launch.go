package embedded

import (
	"os/exec"
	"runtime"
	"sync"
)

// launchThread is one goroutine locked to one OS thread that lives as long as
// the process. Children are started from it because the kernel sends their
// parent-death signal when the starting thread ends, not the process; a Go
// thread may end at any time.
var launchThread = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work { // never closed: the thread must not end
			f()
		}
	}()
	return work
})

// startChild starts cmd so that the kernel ends it with the process.
func startChild(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	launchThread() <- func() { started <- cmd.Start() }
	return <-started
}

// runChild is startChild and waiting for the end.
func runChild(cmd *exec.Cmd) error {
	if err := startChild(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}
