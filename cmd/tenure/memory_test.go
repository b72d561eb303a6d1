package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHeapLimit_FollowsTheContainer(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		sentence string
		files    map[string]string
		want     int64
	}{
		{"outside a container", nil, memoryLimit},
		{"in one without a limit", map[string]string{cgroupV2: "max\n"}, memoryLimit},
		{"in one with less", map[string]string{cgroupV2: "134217728\n"}, 134217728 / 100 * 80},
		{"in one with more", map[string]string{cgroupV2: "4294967296\n"}, memoryLimit},
		{"version 1", map[string]string{cgroupV1: "268435456\n"}, 268435456 / 100 * 80},
		{"a file that is no number", map[string]string{cgroupV2: "?"}, memoryLimit},
	} {
		t.Run(row.sentence, func(t *testing.T) {
			t.Parallel()
			got := heapLimit(func(name string) ([]byte, error) {
				if text, ok := row.files[name]; ok {
					return []byte(text), nil
				}
				return nil, errors.New("no such file")
			})
			assert.Equal(t, row.want, got)
		})
	}
}
