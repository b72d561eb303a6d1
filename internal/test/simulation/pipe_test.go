package simulation

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// stream is one direction of a connection within this process. What is written waits for its reader without a bound, so
// that nobody waits for the other end while holding a lock: simulated time does not pass while anybody waits for a
// lock.
type stream struct {
	mu       sync.Mutex
	buffer   []byte
	closed   bool
	deadline time.Time
	changed  chan struct{} // closed with the next change
}

func newStream() *stream { return &stream{changed: make(chan struct{})} }

// change does something under the lock and wakes who waits.
func (s *stream) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *stream) write(b []byte) (n int, err error) {
	s.change(func() {
		if s.closed {
			err = io.ErrClosedPipe
			return
		}
		s.buffer = append(s.buffer, b...)
		n = len(b)
	})
	return n, err
}

func (s *stream) read(b []byte) (int, error) {
	for {
		s.mu.Lock()
		switch {
		case len(s.buffer) > 0:
			n := copy(b, s.buffer)
			s.buffer = s.buffer[n:]
			s.mu.Unlock()
			return n, nil
		case s.closed:
			s.mu.Unlock()
			return 0, io.EOF
		}
		changed, deadline := s.changed, s.deadline
		s.mu.Unlock()
		if err := await(changed, deadline); err != nil {
			return 0, err
		}
	}
}

func await(changed chan struct{}, deadline time.Time) error {
	if deadline.IsZero() {
		<-changed
		return nil
	}
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-changed:
		return nil
	case <-timer.C:
		return os.ErrDeadlineExceeded
	}
}

// pipe is one end of a connection.
type pipe struct {
	in, out *stream
	addr    net.Addr
}

func newPipe(addr net.Addr) (here, there *pipe) {
	a, b := newStream(), newStream()
	return &pipe{a, b, addr}, &pipe{b, a, addr}
}

// Read waits for what the other end writes.
func (p *pipe) Read(b []byte) (int, error) { return p.in.read(b) }

// Write never waits.
func (p *pipe) Write(b []byte) (int, error) { return p.out.write(b) }

// Close ends both directions; what is on its way still arrives.
func (p *pipe) Close() error {
	for _, s := range []*stream{p.in, p.out} {
		s.change(func() { s.closed = true })
	}
	return nil
}

// LocalAddr is that of the broker, as is RemoteAddr.
func (p *pipe) LocalAddr() net.Addr { return p.addr }

// RemoteAddr is that of the broker.
func (p *pipe) RemoteAddr() net.Addr { return p.addr }

// SetDeadline bounds reads; writes need no bound.
func (p *pipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetReadDeadline bounds reads.
func (p *pipe) SetReadDeadline(t time.Time) error {
	p.in.change(func() { p.in.deadline = t })
	return nil
}

// SetWriteDeadline does nothing: a write does not wait.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
