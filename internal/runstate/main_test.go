package runstate

import (
	"testing"

	"tenure/internal/test/environment"
)

func TestMain(m *testing.M) { environment.Main(m) }
