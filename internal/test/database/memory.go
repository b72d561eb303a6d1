package database

import (
	"os"
	"syscall"
)

const (
	// memoryDir is a file system in memory, where the system has one.
	memoryDir = "/dev/shm"
	// memoryMin is how many bytes have to be free there: the databases of three packages at a time and their WAL take
	// less than half, and a machine that has less keeps them on its disk.
	memoryMin = 8 << 30

	envTemporary = "TMPDIR"
)

// inMemory makes the temporary directory one in memory until it is undone, unless one was chosen: most of what it costs
// to make a server and its databases is making a thousand files.
func inMemory() (undo func()) {
	var fs syscall.Statfs_t
	if os.Getenv(envDurable) != "" || os.Getenv(envTemporary) != "" || syscall.Statfs(memoryDir, &fs) != nil ||
		int64(fs.Bavail)*int64(fs.Bsize) < memoryMin {
		return func() {}
	}
	_ = os.Setenv(envTemporary, memoryDir)
	return func() { _ = os.Unsetenv(envTemporary) }
}
