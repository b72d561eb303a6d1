package faults

import (
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// wire stands between the processes and PostgreSQL. It can lose the answers to what was done.
type wire struct {
	listener net.Listener
	target   string
	losing   atomic.Int64 // every one of so many answers is lost; 0: none
	late     atomic.Int64 // by how much each answer comes late
	hangs    atomic.Bool  // no answer is passed on, and no connection is closed
	passed   atomic.Int64 // answers
	lost     atomic.Int64
}

// newWire gives a wire to a database, and the address of the database behind it.
func newWire(t *testing.T, dsn string) (w *wire, through string) {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	w = &wire{listener: l, target: net.JoinHostPort(c.Host, fmt.Sprint(c.Port))}
	go w.serve()
	return w, at(c, l.Addr().String())
}

// at is the address of a database behind something that listens elsewhere.
func at(c *pgx.ConnConfig, address string) string {
	host, port, _ := net.SplitHostPort(address)
	return fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable", host, port, c.User, c.Password,
		c.Database)
}

func (w *wire) serve() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		go func() {
			_, _ = io.Copy(server, client)
			_ = server.Close()
		}()
		go w.answers(client, server)
	}
}

// answers passes on what the server says. What was asked before an answer is lost has been done: the client cannot
// know.
func (w *wire) answers(client, server net.Conn) {
	defer func() { _, _ = client.Close(), server.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if w.hangs.Load() {
			_, _ = io.Copy(io.Discard, server)
			return
		}
		if every := w.losing.Load(); every > 0 && w.passed.Add(1)%every == 0 {
			w.lost.Add(1)
			return
		}
		if late := time.Duration(w.late.Load()); late > 0 {
			<-time.After(late)
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// TestDatabase_LostAnswersLeaveNoDoubt cuts connections between what the database did and what the process
// hears of it, commits among it, all the time while a life continues.
func TestDatabase_LostAnswersLeaveNoDoubt(t *testing.T) {
	t.Parallel()
	life := newScript(seed(t), lifeBegins, 2*shortLife, ordersADay)
	want := undisturbed(t, life)
	s := newSystem(t, life)
	w, through := newWire(t, s.dsn)
	s.startWithin(through, s.bus)
	w.losing.Store(loseEvery)
	s.live(life, nil)
	w.losing.Store(0)
	s.whole(want)
	require.Positive(t, w.lost.Load())
	t.Logf("%d answers lost", w.lost.Load())
}

// loseEvery is how many answers come between two that are lost: more than it takes to connect again and to write, so
// that a process gets on however busy the machine is. It is no multiple of what a connection asks at its beginning.
const loseEvery = 101
