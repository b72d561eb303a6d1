package billing

import (
	"flag"
	"os"
	"testing"
)

// Histories per property: enough to find a slip in a minute of work, and many
// more in the long run.
const (
	historiesShort = "500"
	historiesLong  = "10000"
)

func TestMain(m *testing.M) {
	checks := historiesShort
	if os.Getenv("TENURE_LONG") == "1" {
		checks = historiesLong
	}
	// A -rapid.checks on the command line still wins: it is parsed later.
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
