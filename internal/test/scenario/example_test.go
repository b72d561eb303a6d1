package scenario

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestExample_ProviderConfirmsADeletion(t *testing.T) {
	t.Parallel()
	s := staffed(t)
	if s.bus.TopicPrefix != "" {
		t.Skip("the example knows the topics by their own names")
	}
	program := filepath.Join(t.TempDir(), "provider")
	built, err := exec.Command("go", "build", "-o", program, "tenure/examples/provider").CombinedOutput()
	require.NoError(t, err, string(built))
	example := exec.Command(program)
	example.Env = append(os.Environ(), "KAFKA_BROKER="+s.bus.Brokers[0])
	require.NoError(t, example.Start())
	t.Cleanup(func() {
		_ = example.Process.Kill()
		_ = example.Wait()
	})
	s.goTo("2026-11-15T20:00:30Z")
	s.eventually("it is deleted", func() bool { return len(happened[events.EmployeeDeleted](s, 1)) == 1 })
	require.Empty(t, s.document(1).Accounts)
	s.audited()
}
