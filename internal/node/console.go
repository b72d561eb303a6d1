package node

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/config"
	"tenure/internal/runs"
	"tenure/internal/store"
)

// sessionKeyBytes is the length of the key that seals sessions of the console.
const sessionKeyBytes = 32

// Operating is what the pages for operators read from and send through.
type Operating struct {
	Store   *store.Store
	Catalog *catalog.Reader
	Clock   clock.Clock
	Topics  *bus.TopicReader
	Config  config.Config
	Version string // of the build
	Key     []byte // seals sessions
	Log     *slog.Logger
	// Send sends a command and waits for its outcome.
	Send func(ctx context.Context, c command.Command) (domain.Outcome, error)
	// Run runs a loop until the process stops.
	Run func(name string, loop func(ctx context.Context) error)
	// Replan records a new plan of a run.
	Replan func(ctx context.Context, date billing.Date, by events.Actor, token string) (domain.Outcome, error)
}

// serveConsole serves the pages for operators, with a dispatcher for what they order.
func (n *Node) serveConsole(ctx context.Context) error {
	dispatcher, err := command.New(n.Kafka, n.publisher, n.Store)
	if err != nil {
		return err
	}
	n.onStop("console's dispatcher", func(context.Context) error {
		dispatcher.Close()
		return nil
	})
	if _, err := EmployeeShards(n.publisher); err != nil {
		return err
	}
	key := n.config.SecretKey
	if len(key) == 0 { // sessions then end with the process
		key = make([]byte, sessionKeyBytes)
		if _, err := rand.Read(key); err != nil {
			return err
		}
	}
	o := &operating{node: n, dispatcher: dispatcher, driver: n.driver()}
	// What is started last is stopped first: streams to open pages end before the server waits for them.
	loops := map[string]func(context.Context) error{}
	handler, err := n.config.Pages(Operating{
		Store: n.Store, Catalog: n.catalog, Clock: n.Clock, Topics: n.lookup, Config: n.config.Config,
		Version: n.config.Version, Key: key, Log: n.log, Send: o.send, Replan: o.replan,
		Run: func(name string, loop func(context.Context) error) { loops[name] = loop },
	})
	if err != nil {
		return err
	}
	n.Console, err = n.serve("console", n.config.Config.Console, handler, tls.NoClientCert)
	for name, loop := range loops {
		n.run(name+"'s loop", loop)
	}
	return err
}

// operating is how the console sends commands.
type operating struct {
	node       *Node
	dispatcher *command.Sender
	driver     *runs.Driver
}

func (o *operating) send(ctx context.Context, c command.Command) (domain.Outcome, error) {
	outcomes, err := o.dispatcher.Send(ctx, []command.Command{c}, nil)
	if err == nil && len(outcomes) == 0 {
		err = errors.New("node: no outcome")
	}
	if err != nil {
		return domain.Outcome{}, err
	}
	return outcomes[0], nil
}

// replan computes the plan of a run again, holds it against the bounds, and records it.
func (o *operating) replan(ctx context.Context, date billing.Date, by events.Actor, token string) (domain.Outcome,
	error) {
	plan, err := o.driver.Planner(ctx, date)
	if err != nil {
		return domain.Outcome{}, err
	}
	judged, err := o.driver.Judge(ctx, plan)
	if err != nil {
		return domain.Outcome{}, err
	}
	keep, err := runs.Keep(judged, runs.Who{Actor: by, Mark: runs.MarkOf(token)})
	if err != nil {
		return domain.Outcome{}, err
	}
	return o.send(ctx, keep)
}
