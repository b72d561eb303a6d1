package node

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tenure/api"
	"tenure/domain"
	"tenure/internal/bus"
	"tenure/internal/catalog"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/projections"
)

// serveAPI serves the published APIs, with a dispatcher for writes and a copy of the catalogue for reads.
func (n *Node) serveAPI(ctx context.Context) error {
	dispatcher, err := command.New(n.Kafka, n.publisher, n.Store)
	if err != nil {
		return err
	}
	n.onStop("dispatcher", func(context.Context) error {
		dispatcher.Close()
		return nil
	})
	if _, err := n.catalog.Latest(ctx); err != nil {
		return err
	}
	n.run("catalogue", func(ctx context.Context) error {
		n.catalog.Follow(ctx)
		return nil
	})
	sealer, err := n.sealer()
	if err != nil {
		return err
	}
	fresh := feed.NewFreshness(n.Store, projections.Directory{}.Name())
	n.run("freshness of the directory", func(ctx context.Context) error {
		fresh.Run(ctx)
		return nil
	})
	searches, err := n.openSearches(ctx)
	if err != nil {
		return err
	}
	w := &writing{log: n.log, store: n.Store, dispatcher: dispatcher, watch: feed.NewWatch(n.Store), catalog: n.catalog}
	c := n.apiConfig(w)
	c.Seal, c.Searches, c.Behind = sealer.Protect, searches, fresh.Behind
	handler := api.New(c)
	n.HTTP, err = n.serve("api", n.config.Config.HTTP, n.metrics.Requests(handler), tls.RequireAndVerifyClientCert)
	return err
}

// apiConfig is what the APIs read from and write through.
func (n *Node) apiConfig(w *writing) api.Config {
	return api.Config{
		Database: n.Store,
		Now:      n.Clock.Now,
		Machine:  time.Now,
		Zone:     n.config.Policy.Zone(),
		Log:      n.log,
		Catalog:  n.catalogNow,
		Carried:  carried,
		Send:     w.send,
		Outcome:  w.outcome,
		Caught:   w.caught,
		Hash: func(ctx context.Context, shard int32, position int64) ([]byte, error) {
			return n.Store.HashAt(ctx, store.ShardID(shard), position)
		},
		AccessLog:   n.log,
		TokenFailed: n.metrics.TokenFailed,
		Limits:      n.config.CallGear,
		Proxies:     n.config.Proxies,
	}
}

// carried returns the rule of messages that a command's bytes break, so that the caller learns what the worker would
// park.
func carried(value []byte) error {
	var malformed *bus.Malformed
	if err := bus.Guard(value); errors.As(err, &malformed) {
		return errors.New(malformed.Rule)
	}
	return nil
}

// writing is how the APIs send commands and wait for them.
type writing struct {
	log        *slog.Logger
	store      *store.Store
	dispatcher *command.Sender
	watch      *feed.Watch
	catalog    *catalog.Reader
}

func (w *writing) send(ctx context.Context, c api.Command) (domain.Outcome, error) {
	outcomes, err := w.dispatcher.Send(ctx, []command.Command{{
		Type: c.Type, Subject: c.Employee, ID: c.ID, Actor: c.Actor, Data: c.Data,
	}}, nil)
	if err != nil {
		return domain.Outcome{}, err
	}
	return outcomes[0], nil
}

func (w *writing) outcome(ctx context.Context, employee, command string) (o domain.Outcome, known bool, err error) {
	kept, known, err := w.store.Outcome(ctx, domain.Stream(domain.KindEmployee, employee), command)
	if err != nil || !known {
		return o, false, err
	}
	if err := json.Unmarshal(kept.Answer, &o); err != nil {
		return o, false, fmt.Errorf("node: outcome of %s: %w", command, err)
	}
	return o, true, nil
}

// caught waits for the read models of the APIs and for the catalogue that the command was decided with.
func (w *writing) caught(ctx context.Context, position string) error {
	shard, at, err := bus.ParsePosition(position)
	if err != nil {
		return err
	}
	for _, name := range projections.ReadByAPIs() {
		err := w.watch.WaitFor(ctx, name, store.ShardID(shard), at)
		if errors.Is(err, feed.ErrStopped) { // who waits would do so in vain: the caller hears that it is not visible yet
			w.log.Warn("node: a read model does not come to what was written", telemetry.Err(err))
			return errors.Join(err, context.DeadlineExceeded)
		}
		if err != nil {
			return err
		}
	}
	_, err = w.catalog.Latest(ctx)
	return err
}

// catalogNow is the newest catalogue that this process has read.
func (n *Node) catalogNow() api.Catalog {
	now := n.catalog.Now()
	return api.Catalog{Catalog: now.Catalog, Numbers: now.Numbers, Customers: now.Customers}
}
