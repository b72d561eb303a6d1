package simulation

import (
	"context"
	"errors"
	"math/rand"
	"net"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/rcrowley/go-metrics"
)

// link is how one process reaches the database and the broker. What goes over it can be lost before it arrives or after
// it was done, can wait, and ends with the process.
type link struct {
	net    *network
	mu     sync.Mutex
	random *rand.Rand
	loss   float64 // of how many requests something is lost
	cut    bool
	gate   chan struct{} // closed when what waits may go on; nil: nothing waits
	open   map[*conn]bool
	lost   int
}

// The ways of a connection to fail.
var (
	errStopped = errors.New("the process is stopped")
	errCut     = errors.New("the process is dead")
	errRequest = errors.New("the request was lost")
	errAnswer  = errors.New("the answer was lost")

	errPromoted = errors.New("the database is gone, and a standby is promoted")
)

func newLink(n *network, seed int64) *link {
	return &link{net: n, random: rand.New(rand.NewSource(seed)), open: map[*conn]bool{}}
}

// conn is one connection of a link.
type conn struct {
	net.Conn
	link *link
	pipe *pipe // nil: to the database

	mu     sync.Mutex
	silent bool // the next answer is lost
}

// tune has a client of Kafka connect over the link.
func (l *link) tune(s *sarama.Config) {
	s.Net.Proxy.Enable, s.Net.Proxy.Dialer = true, l
	s.MetricRegistry = paced{metrics.NewRegistry()}
}

// paced counts nothing, and makes the pause between two fetches that the broker does not make, see answersAtOnce.
type paced struct{ metrics.Registry }

// GetOrRegister gives the one meter that matters.
func (p paced) GetOrRegister(name string, metric any) any {
	if name == "consumer-fetch-rate" {
		return pace{}
	}
	return p.Registry.GetOrRegister(name, metric)
}

// pace is marked after each fetch.
type pace struct{ metrics.NilMeter }

// fetchPause is as long as the broker would wait for a message.
const fetchPause = 50 * time.Millisecond

// Mark waits.
func (pace) Mark(int64) { <-time.After(fetchPause) }

// Dial connects to a broker.
func (l *link) Dial(_, address string) (net.Conn, error) {
	p, err := l.net.dial(address)
	if err != nil {
		return nil, err
	}
	return l.add(&conn{Conn: p, link: l, pipe: p})
}

// postgres connects to the database, which is a real one.
func (l *link) postgres(ctx context.Context, network, address string) (net.Conn, error) {
	if err := l.net.holds.wait(ctx); err != nil {
		return nil, err
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return l.add(&conn{Conn: c, link: l})
}

func (l *link) add(c *conn) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut || l.gate != nil {
		_ = c.Conn.Close()
		return nil, errCut
	}
	l.open[c] = true
	return c, nil
}

// pass lets a request through, or not. While the process is stopped, a write to the log waits, so that it arrives when
// others have gone on long since. Everything else fails: it may be asked for under a lock, and while anybody waits for
// a lock simulated time does not pass.
func (c *conn) pass() error {
	for {
		c.link.mu.Lock()
		gate, cut := c.link.gate, c.link.cut
		c.link.mu.Unlock()
		switch {
		case cut:
			return errCut
		case gate == nil:
			return nil
		case c.pipe != nil || !writesLog():
			return errStopped
		}
		<-gate
	}
}

// writesLog reports whether the calling goroutine writes to the log.
func writesLog() bool { return calls("store.(*Store).Write") }

// Write sends a request, or loses it, or sends it and will lose its answer.
func (c *conn) Write(b []byte) (int, error) {
	if err := c.pass(); err != nil {
		_ = c.Close()
		return 0, err
	}
	if c.pipe == nil && c.link.net.moment.comes() {
		_ = c.Close()
		return 0, errPromoted
	}
	request, answer := c.link.loses()
	if request {
		_ = c.Close()
		return 0, errRequest
	}
	if answer {
		c.mu.Lock()
		c.silent = true
		c.mu.Unlock()
	}
	return c.Conn.Write(b)
}

// Read gives an answer. One that is lost has been waited for: what it answers was done.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	silent := c.silent
	c.mu.Unlock()
	if silent && err == nil {
		_ = c.Close()
		return 0, errAnswer
	}
	return n, err
}

// Close ends the connection.
func (c *conn) Close() error {
	c.link.mu.Lock()
	delete(c.link.open, c)
	c.link.mu.Unlock()
	return c.Conn.Close()
}

// loses decides what becomes of one request.
func (l *link) loses() (request, answer bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.loss == 0 || l.random.Float64() >= l.loss {
		return false, false
	}
	l.lost++
	request = l.random.Intn(3) == 0
	return request, !request
}

// lossy sets how much is lost from now on.
func (l *link) lossy(share float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loss = share
}

// stop keeps everything that goes over the link waiting, for some time, as in a process that is stopped.
func (l *link) stop(d time.Duration) {
	gate := make(chan struct{})
	l.mu.Lock()
	if l.cut || l.gate != nil {
		l.mu.Unlock()
		return
	}
	l.gate = gate
	l.mu.Unlock()
	for _, c := range l.list() {
		if c.pipe != nil {
			_ = c.Close()
		}
	}
	time.AfterFunc(d, func() { l.resume(gate) })
}

func (l *link) resume(gate chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gate != gate {
		return
	}
	l.gate = nil
	close(gate)
}

// drop ends the connections to the database.
func (l *link) drop() {
	for _, c := range l.list() {
		if c.pipe == nil {
			_ = c.Close()
		}
	}
}

// kill ends everything.
func (l *link) kill() {
	l.mu.Lock()
	l.cut = true
	if l.gate != nil {
		close(l.gate)
		l.gate = nil
	}
	l.mu.Unlock()
	for _, c := range l.list() {
		_ = c.Close()
	}
}

func (l *link) list() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*conn, 0, len(l.open))
	for c := range l.open {
		all = append(all, c)
	}
	return all
}
