package projections

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestFolds_OfEveryEventOfAnEmployee(t *testing.T) {
	t.Parallel()
	for _, name := range events.Types() {
		if !strings.HasPrefix(name, employeePrefix) {
			continue
		}
		event, ok := events.New(name)
		require.True(t, ok)
		known, err := (&Employee{}).fold(event)
		require.NoError(t, err)
		require.True(t, known, "%s would stop the projection", name)
	}
}
