package memory

import (
	"bytes"
	"os"
	"strconv"
)

// The files of Linux with the limit of a container, of version 2 and 1 of its groups, and with what the machine has.
const (
	cgroupV2 = "/sys/fs/cgroup/memory.max"
	cgroupV1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes"
	machine  = "/proc/meminfo"
)

// limit is what the container of this process may use, in bytes; false where there is no limit, or no container.
func limit() (limit int64, limited bool) { return files(os.ReadFile).limit() }

// Total is how much memory there is to be used, in bytes: the container's limit, or else the machine's memory; false
// where neither is known.
func Total() (size int64, known bool) { return files(os.ReadFile).total() }

// files reads a file by its name; tests have others.
type files func(name string) ([]byte, error)

func (read files) limit() (limit int64, limited bool) {
	for _, name := range []string{cgroupV2, cgroupV1} {
		raw, err := read(name)
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(raw)), 10, 64)
		if err == nil && n > 0 && (!limited || n < limit) { // "max" is none
			limit, limited = n, true
		}
	}
	return limit, limited
}

func (read files) total() (size int64, known bool) {
	size, known = read.machine()
	if limit, limited := read.limit(); limited && (!known || limit < size) {
		return limit, true
	}
	return size, known
}

// machine is the line "MemTotal: N kB".
func (read files) machine() (size int64, known bool) {
	raw, err := read(machine)
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(raw) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == "MemTotal:" {
			n, err := strconv.ParseInt(string(fields[1]), 10, 64)
			return n << 10, err == nil && n > 0
		}
	}
	return 0, false
}
