package childworker

import (
	"os"
	"runtime"
	"syscall"
)

// signalHere gives the process a signal by the thread that asks: it acts before the call returns. One for the process
// as a whole is taken by any of its threads, and a busy machine let this one go on for a moment meanwhile.
func signalHere(sig syscall.Signal) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, _, _ = syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(syscall.Gettid()), uintptr(sig))
}
