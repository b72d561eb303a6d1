package bus

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConsumeTakesEveryMessageOfEveryPartition(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 4)
	for p := range int32(4) {
		fill(t, cfg, name, p, int(p)*1000, 250)
	}
	d := newDesk()
	consuming(t, cfg, name, name, d)
	d.until(t, "1000 messages", func() bool { return len(d.took) >= 1000 })

	seen := map[string]int{}
	for _, m := range d.took {
		seen[string(m.Value)]++
	}
	require.Len(t, d.took, 1000)
	require.Len(t, seen, 1000)
}
