package digest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDigest_OnDaysKeepsDaysAndDropsTimes(t *testing.T) {
	t.Parallel()
	d := &Digest{
		Streams:  map[string][]string{"employee/1": {`changed {"since":"2026-10-31T14:00:00.5Z","from":"2026-11-02"}`}},
		Readable: map[string]string{"1": `{"since":"2026-10-31T14:00:00+01:00"}`},
	}
	d.OnDays()
	require.Equal(t, []string{`changed {"since":"2026-10-31","from":"2026-11-02"}`}, d.Streams["employee/1"])
	require.Equal(t, `{"since":"2026-10-31"}`, d.Readable["1"])
}
