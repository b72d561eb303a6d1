package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// errDirInUse says that another process, or another start in this one, holds
// the directory.
var errDirInUse = errors.New("directory is in use by another process")

const lockFile = "lock"

// dirLock is held for as long as a server uses a directory. The kernel drops
// it when the process ends, however it ends, so there is no stale lock.
type dirLock struct{ file *os.File }

// lockDir creates dir (0700: it holds a password and the data) and locks it.
func lockDir(dir string) (*dirLock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("lock directory: %w", err)
	}
	path := filepath.Join(dir, lockFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock directory: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errDirInUse
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &dirLock{file: file}, nil
}

// release unlocks before it closes: a child being started at this moment still
// has a copy of the file, and closing alone would leave the lock with it.
func (l *dirLock) release() {
	_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	_ = l.file.Close()
}
