package histories

import (
	"flag"
	"os"
	"testing"
)

// long is how many histories TENURE_LONG=1 asks for.
const long = "10000"

// Main runs a package's tests with so many histories a property, or 10 000 where TENURE_LONG=1 says so; call it from
// TestMain. -rapid.checks on the command line wins, since it is parsed later.
func Main(m *testing.M, short string) {
	checks := short
	if os.Getenv("TENURE_LONG") == "1" {
		checks = long
	}
	if err := flag.Set("rapid.checks", checks); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
