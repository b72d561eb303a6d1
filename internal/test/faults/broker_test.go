package faults

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/test/environment"
)

// envKafkaDir is the folder that scripts/kafka started the broker of TENURE_KAFKA_BROKERS on; without it that broker is
// not killed.
const envKafkaDir = "TENURE_KAFKA_DIR"

// lives tells the topics of one system from those of the next on a shared broker.
var lives atomic.Int64

// broker is one that can be killed and started again: an embedded one in a separate process, or an Apache Kafka.
type broker struct {
	t       *testing.T
	dir     string
	addr    string
	prefix  string
	process *exec.Cmd // nil: Apache Kafka
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t}
	if brokers := os.Getenv(environment.EnvBrokers); brokers != "" {
		b.addr, b.dir = brokers, os.Getenv(envKafkaDir)
		b.prefix = fmt.Sprintf("f%d-%d.", time.Now().UnixNano(), lives.Add(1))
		return b
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.addr, b.dir = free.Addr().String(), t.TempDir()
	require.NoError(t, free.Close())
	b.start()
	return b
}

func (b *broker) config() bus.Config {
	return bus.Config{Brokers: strings.Split(b.addr, ","), TopicPrefix: b.prefix, ClientID: "faults",
		SessionTimeout:   environment.SessionTimeout,
		RebalanceTimeout: environment.RebalanceTimeout, Logger: slog.New(slog.DiscardHandler)}
}

// start starts a broker on its old address and log, and waits until it can be reached.
func (b *broker) start() {
	b.t.Helper()
	if os.Getenv(environment.EnvBrokers) != "" {
		b.script("start", b.addr[strings.LastIndex(b.addr, ":")+1:])
		return
	}
	b.process = child(b.t, partBroker, envAddr+"="+b.addr, envDir+"="+b.dir)
	require.Eventually(b.t, func() bool {
		c, err := net.Dial("tcp", b.addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, waitMax, lookEvery, "the broker listens")
}

// kill ends it as a crash does.
func (b *broker) kill() {
	b.t.Helper()
	if b.process != nil {
		environment.Kill(b.process)
		return
	}
	if b.dir == "" {
		b.t.Skip("TENURE_KAFKA_DIR does not say where the broker can be killed")
	}
	b.script("kill")
}

func (b *broker) script(what string, more ...string) {
	b.t.Helper()
	out, err := exec.Command(filepath.Join("..", "..", "..", "scripts", "kafka", "kafka.sh"), append([]string{what, b.dir},
		more...)...).CombinedOutput()
	require.NoError(b.t, err, string(out))
}
