package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"time"

	"tenure/internal/store"
	"tenure/internal/telemetry"
)

const (
	// seenEvery is how often a process gives a sign of life: several times before it counts as gone.
	seenEvery = 3 * time.Second
	// shardsEvery is how often it looks whether its shards are others by now, which is seen at once: who starts a system
	// and asks how it is, within those seconds, must not read that nobody owns them.
	shardsEvery = 200 * time.Millisecond
	// processIDBytes make ids that no two processes share.
	processIDBytes = 8
)

// startProcess gives a sign of life for as long as the process runs: its build, roles, shards, and how its clock
// differs from the database's. A fault is logged and waited out: that nobody sees a process must not stop it.
func (n *Node) startProcess(context.Context) error {
	id := make([]byte, processIDBytes)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	p := store.Process{ID: hex.EncodeToString(id), Version: n.config.Version, Roles: []string{}}
	for _, role := range n.config.Roles {
		p.Roles = append(p.Roles, string(role))
	}
	n.processID = p.ID
	n.onStop("process", func(ctx context.Context) error {
		if err := n.Store.EndProcess(ctx, p.ID); err != nil { // the database is gone: the row ages out
			n.log.Debug("node: last sign of life", telemetry.Err(err))
		}
		return nil
	})
	n.run("process", func(ctx context.Context) error {
		ticker := time.NewTicker(shardsEvery)
		defer ticker.Stop()
		for seen := (time.Time{}); ; {
			shards, blocked := n.watch.owned()
			if now := time.Now(); now.Sub(seen) >= seenEvery || !slices.Equal(shards, p.Shards) {
				seen, p.Shards, p.Blocked, p.Readers = now, shards, blocked, n.watch.troubles(now)
				if err := n.Store.SeeProcess(ctx, p, now); err != nil && ctx.Err() == nil {
					n.log.Warn("node: sign of life", telemetry.Err(err), telemetry.KeyWait, shardsEvery)
				}
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return nil
			}
		}
	})
	return nil
}

// exportSpans sends spans where the environment of the process names a collector.
func (n *Node) exportSpans(context.Context) error {
	exporter, err := telemetry.ExporterOf(n.config.Getenv, n.config.Version, n.processID, n.metrics.SpansDropped, n.log)
	if err != nil || exporter == nil {
		return err
	}
	n.spans = telemetry.Spans{Exporter: exporter}
	n.run("traces", exporter.Run)
	return nil
}
