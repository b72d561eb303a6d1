package pooler

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
)

// Mode says how long a connection keeps a session of the server.
type Mode int

// The modes of a pooler.
const (
	Session     Mode = iota // until the client leaves
	Transaction             // until a transaction ends
)

// known are the settings with which a connection may begin; a pooler refuses others.
var known = map[string]bool{"user": true, "database": true, "client_encoding": true, "datestyle": true,
	"timezone": true, "standard_conforming_strings": true, "application_name": true}

// pooler hands out sessions; that which came back last goes first.
type pooler struct {
	dsn  string
	mode Mode

	mu   sync.Mutex
	idle []*pgconn.HijackedConn
}

// Start gives the address of a database behind a pooler, until the test ends.
func Start(t testing.TB, dsn string, mode Mode) (through string) {
	t.Helper()
	c, err := pgconn.ParseConfig(dsn)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	p := &pooler{dsn: dsn, mode: mode}
	t.Cleanup(p.end)
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(client)
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return fmt.Sprintf("host=127.0.0.1 port=%s user=%s dbname=%s sslmode=disable", port, c.User, c.Database)
}

// end closes the sessions that nobody has.
func (p *pooler) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, server := range p.idle {
		_ = server.Conn.Close()
	}
}

// take gives a session: one that is idle, or another one.
func (p *pooler) take() (*pgconn.HijackedConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.idle) - 1; last >= 0 {
		server := p.idle[last]
		p.idle = p.idle[:last]
		return server, nil
	}
	conn, err := pgconn.Connect(context.Background(), p.dsn)
	if err != nil {
		return nil, err
	}
	return conn.Hijack()
}

func (p *pooler) giveBack(server *pgconn.HijackedConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, server)
}

// guest is a client of the pooler, with the session that it has at the moment.
type guest struct {
	*pooler
	client *pgproto3.Backend
	server *pgconn.HijackedConn // nil: none
}

// serve is the life of a client's connection.
func (p *pooler) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	g := &guest{pooler: p, client: pgproto3.NewBackend(conn, conn)}
	if err := greet(conn, g.client); err != nil {
		return
	}
	for g.hear() == nil {
	}
	if g.server != nil {
		_ = g.server.Conn.Close() // as DISCARD ALL does, and what was under way is gone
	}
}

// hear passes on one message, and the answer to what asks for one.
func (g *guest) hear() error {
	m, err := g.client.Receive()
	if err != nil {
		return err
	}
	if _, leaves := m.(*pgproto3.Terminate); leaves {
		return net.ErrClosed
	}
	if g.server == nil {
		if g.server, err = g.take(); err != nil {
			return err
		}
	}
	g.server.Frontend.Send(m)
	if !asks(m) {
		return nil
	}
	if err := g.server.Frontend.Flush(); err != nil {
		return err
	}
	status, err := pass(g.server, g.client)
	if err == nil && status == 'I' && g.mode == Transaction {
		g.giveBack(g.server)
		g.server = nil
	}
	return err
}

// asks reports whether the server answers a message with the state that it is in.
func asks(m pgproto3.FrontendMessage) bool {
	switch m.(type) {
	case *pgproto3.Query, *pgproto3.Sync, *pgproto3.FunctionCall:
		return true
	}
	return false
}

// pass passes on what a server says until it is ready.
func pass(server *pgconn.HijackedConn, client *pgproto3.Backend) (status byte, err error) {
	for {
		m, err := server.Frontend.Receive()
		if err != nil {
			return 0, err
		}
		client.Send(m)
		if ready, is := m.(*pgproto3.ReadyForQuery); is {
			return ready.TxStatus, client.Flush()
		}
	}
}

// greet answers the beginning of a connection: everybody may come in, but with settings that a pooler knows only.
func greet(conn net.Conn, client *pgproto3.Backend) error {
	for {
		m, err := client.ReceiveStartupMessage()
		if err != nil {
			return err
		}
		start, is := m.(*pgproto3.StartupMessage)
		if !is { // encryption, which there is none of
			if _, err := conn.Write([]byte("N")); err != nil {
				return err
			}
			continue
		}
		for name := range start.Parameters {
			if !known[name] {
				client.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "08P01",
					Message: "unsupported startup parameter: " + name})
				_ = client.Flush()
				return fmt.Errorf("unsupported startup parameter: %s", name)
			}
		}
		client.Send(&pgproto3.AuthenticationOk{})
		client.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
		client.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
		client.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
		client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		return client.Flush()
	}
}
