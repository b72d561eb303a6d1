package memory

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTotal_IsTheLowerOfContainerAndMachine(t *testing.T) {
	t.Parallel()
	const of2GiB = "MemFree:  7 kB\nMemTotal:        2097152 kB\nBuffers: 1 kB\n"
	for _, row := range []struct {
		sentence string
		files    map[string]string
		limit    int64 // 0: none
		total    int64 // 0: not known
	}{
		{"nothing to be read", nil, 0, 0},
		{"a machine", map[string]string{machine: of2GiB}, 0, 2 << 30},
		{"a container without a limit", map[string]string{machine: of2GiB, cgroupV2: "max\n"}, 0, 2 << 30},
		{"one with less", map[string]string{machine: of2GiB, cgroupV2: "134217728\n"}, 128 << 20, 128 << 20},
		{"one with more", map[string]string{machine: of2GiB, cgroupV2: "4294967296\n"}, 4 << 30, 2 << 30},
		{"version 1", map[string]string{machine: of2GiB, cgroupV1: "268435456\n"}, 256 << 20, 256 << 20},
		{"a limit alone", map[string]string{cgroupV2: "268435456\n"}, 256 << 20, 256 << 20},
		{"files that say nothing", map[string]string{machine: "MemTotal: many kB\n", cgroupV2: "?"}, 0, 0},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			read := files(func(name string) ([]byte, error) {
				if text, ok := row.files[name]; ok {
					return []byte(text), nil
				}
				return nil, errors.New("no such file")
			})
			limit, limited := read.limit()
			assert.Equal(t, row.limit, limit)
			assert.Equal(t, row.limit > 0, limited)
			total, known := read.total()
			assert.Equal(t, row.total, total)
			assert.Equal(t, row.total > 0, known)
		})
	}
}
