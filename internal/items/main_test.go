package items

import (
	"os"
	"testing"

	"tenure/internal/feed/feedtest"
)

func TestMain(m *testing.M) { os.Exit(feedtest.Main(m)) }
