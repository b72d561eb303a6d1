package domain

import (
	"testing"

	"tenure/internal/test/histories"
)

func TestMain(m *testing.M) { histories.Main(m, "100") }
