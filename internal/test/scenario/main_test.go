package scenario

import (
	"testing"

	"tenure/internal/test/childworker"
)

func TestMain(m *testing.M) { childworker.Main(m, policy) }
