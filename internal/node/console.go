package node

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"time"

	"tenure/api"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/console"
	"tenure/internal/runs"
	"tenure/internal/status"
)

// sessionKeyBytes is the length of the key that seals sessions of the console.
const sessionKeyBytes = 32

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
	shards, err := EmployeeShards(ctx, n.lookup)
	if err != nil {
		return err
	}
	key := n.config.SecretKey
	if len(key) == 0 { // sessions then end with the process
		key = make([]byte, sessionKeyBytes)
		if _, err := rand.Read(key); err != nil {
			return err
		}
	}
	_, simulated := n.Clock.(*clock.Simulated)
	o := &operating{node: n, dispatcher: dispatcher, driver: &runs.Driver{
		Store: n.Store, Publisher: n.publisher, Clock: n.Clock, Policy: n.config.Policy, Shards: shards, Log: n.log,
		Bounds: runs.BoundsFor(n.Clock, n.config.Bounds), ExpectBy: n.config.ExpectBy,
	}}
	handler, err := console.New(console.Config{
		Store: n.Store, Catalog: n.catalog, Now: n.Clock.Now, Machine: time.Now, Simulated: simulated,
		Policy: n.config.Policy,
		Bounds: n.config.Bounds, ExpectBy: n.config.ExpectBy, Version: n.config.Version, Key: key,
		Secure: n.config.ConsoleTLS,
		Log:    n.log, Rights: api.Tokens{Database: n.Store}.Rights, Send: o.send, Replan: o.replan,
		Waiting: func(ctx context.Context) (map[string]int64, error) { return status.Waiting(ctx, n.Store, n.lookup) },
	})
	if err != nil {
		return err
	}
	n.Console, err = n.serve("console", n.config.Config.Console, handler, tls.NoClientCert)
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
	plan, err := o.driver.Planner().Plan(ctx, date)
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
