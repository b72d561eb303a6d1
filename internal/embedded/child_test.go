package embedded

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// childRole makes the test binary be another process of ours, to be killed.
const childRole = "TENURE_TEST_CHILD"

func TestMain(m *testing.M) {
	roles := map[string]func(dir string){
		"postgres": func(dir string) { childPostgres(dir, nil) },
		"postgres as nobody": func(dir string) {
			childPostgres(dir, identities()[1:])
		},
		"broker": childBroker,
	}
	if play := roles[os.Getenv(childRole)]; play != nil {
		play(os.Getenv(childRole + "_DIR"))
		return
	}
	os.Exit(m.Run())
}

// childPostgres starts a durable server, says so, and waits for its end.
func childPostgres(dir string, users []identity) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	server, err := StartPostgres(context.Background(), PostgresOptions{Dir: dir, Log: log, users: users})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("ready", server.process.Pid)
	<-server.Exited()
}

// childBroker starts a broker, says where, and waits for its end.
func childBroker(dir string) {
	broker, err := StartBroker(context.Background(), BrokerOptions{Dir: dir, Topics: []Topic{ordersTopic}})
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
	fmt.Println("ready", broker.Addrs()[0])
	select {}
}

// child is another process of ours.
type child struct {
	cmd *exec.Cmd
	// answer is what it said after "ready".
	answer string
}

// startChildProcess re-executes the test binary and waits until it is ready.
func startChildProcess(t *testing.T, role, dir string) child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childRole+"_DIR="+dir)
	cmd.Stderr = t.Output()
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	answer, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	require.True(t, ready, line)
	return child{cmd, answer}
}

// kill is kill -9 and the wait for it.
func (c child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Error("kill:", err) // not require: some call this from a goroutine
	}
	_ = c.cmd.Wait()
}

// eventuallyMax bounds every wait, on a busy machine.
const eventuallyMax = time.Minute

// eventually polls with a deadline.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, eventuallyMax, 10*time.Millisecond, what)
}
