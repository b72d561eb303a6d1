package billing

import (
	"testing"

	"tenure/internal/test/histories"
)

// historiesShort are those of a property in make test: enough to find a slip in a minute of work.
const historiesShort = "500"

func TestMain(m *testing.M) { histories.Main(m, historiesShort) }
