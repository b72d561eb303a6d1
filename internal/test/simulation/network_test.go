package simulation

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// network carries connections within this process, so that waiting for an answer is waiting for simulated time.
type network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	port      int
	holds     hold // connections to the database wait meanwhile
	moment    *awaited
}

func newNetwork() *network {
	return &network{listeners: map[string]*listener{}, port: 9000, moment: newAwaited()}
}

// hold keeps connections waiting.
type hold struct {
	mu   sync.Mutex
	over chan struct{} // nil: nobody waits
}

func (h *hold) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = make(chan struct{})
}

func (h *hold) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.over)
	h.over = nil
}

func (h *hold) wait(ctx context.Context) error {
	h.mu.Lock()
	over := h.over
	h.mu.Unlock()
	if over == nil {
		return nil
	}
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type listener struct {
	network *network
	addr    *net.TCPAddr
	arrived chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

var errRefused = errors.New("connection refused")

func (n *network) listen(_, address string) (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if addr.Port == 0 {
		n.port++
		addr.Port = n.port
	}
	l := &listener{network: n, addr: addr, arrived: make(chan net.Conn), closed: make(chan struct{})}
	if n.listeners[addr.String()] != nil {
		return nil, fmt.Errorf("%s is taken", addr)
	}
	n.listeners[addr.String()] = l
	return l, nil
}

func (n *network) dial(address string) (*pipe, error) {
	n.mu.Lock()
	l := n.listeners[address]
	n.mu.Unlock()
	if l == nil {
		return nil, errRefused
	}
	here, there := newPipe(l.addr)
	select {
	case l.arrived <- there:
		return here, nil
	case <-l.closed:
		return nil, errRefused
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.arrived:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() {
		close(l.closed)
		l.network.mu.Lock()
		defer l.network.mu.Unlock()
		delete(l.network.listeners, l.addr.String())
	})
	return nil
}

func (l *listener) Addr() net.Addr { return l.addr }
