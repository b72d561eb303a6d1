package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// orphanPollEvery is how often ending orphans are looked at.
	orphanPollEvery = 20 * time.Millisecond
	pidFile         = "postmaster.pid"
)

// orphanSignals end a server that a killed predecessor left: first cleanly,
// then as a crash, then for certain, each with the time it is given.
var orphanSignals = []struct {
	signal syscall.Signal
	wait   time.Duration
}{
	{syscall.SIGINT, 10 * time.Second},
	{syscall.SIGQUIT, immediateStopMax},
	{syscall.SIGKILL, 10 * time.Second},
}

// endOrphans ends every server process that still works in dataDir. The caller
// holds the directory's lock, so nobody else can own them. A process counts
// only if it is a postgres whose working directory is the data directory: a
// process id alone may have been given to someone else since.
func endOrphans(dataDir string) error {
	for _, step := range orphanSignals {
		found := orphans(dataDir)
		if len(found) == 0 {
			return removeStalePID(dataDir)
		}
		for _, pid := range leaders(dataDir, found) {
			if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("end the server left behind as process %d: %w", pid, err)
			}
		}
		awaitNoOrphans(dataDir, step.wait)
	}
	if left := orphans(dataDir); len(left) > 0 {
		return fmt.Errorf("a server left behind does not end (processes %v)", left)
	}
	return removeStalePID(dataDir)
}

func awaitNoOrphans(dataDir string, limit time.Duration) {
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	ticker := time.NewTicker(orphanPollEvery)
	defer ticker.Stop()
	for len(orphans(dataDir)) > 0 {
		select {
		case <-deadline.C:
			return
		case <-ticker.C:
		}
	}
}

// orphans lists the server processes that work in dataDir.
func orphans(dataDir string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var found []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		if serves(filepath.Join("/proc", entry.Name()), dataDir) {
			found = append(found, pid)
		}
	}
	return found
}

// serves reports whether a process is a server's and works in dataDir.
func serves(proc, dataDir string) bool {
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil || cwd != dataDir {
		return false
	}
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	return err == nil && strings.HasPrefix(filepath.Base(exe), "postgres")
}

// leaders narrows processes to the one that ends the others with it, which the
// pid file names; without it all have to be told.
func leaders(dataDir string, found []int) []int {
	content, err := os.ReadFile(filepath.Join(dataDir, pidFile))
	if err != nil {
		return found
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return found
	}
	for _, candidate := range found {
		if candidate == pid {
			return []int{pid}
		}
	}
	return found
}

// removeStalePID removes the pid file of a server that is gone. Left in place
// it would stop the next start where its number now belongs to another process
// of the same user.
func removeStalePID(dataDir string) error {
	err := os.Remove(filepath.Join(dataDir, pidFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
