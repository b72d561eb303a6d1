package main

import (
	"context"
	"net/http"
	"time"

	"tenure/api"
	"tenure/internal/clock"
	"tenure/internal/command"
	"tenure/internal/console"
	"tenure/internal/node"
)

// consolePages are the pages for operators of a process.
func consolePages(o node.Operating) (http.Handler, error) {
	_, simulated := o.Clock.(*clock.Simulated)
	return console.New(console.Config{
		Store: o.Store, Catalog: o.Catalog, Now: o.Clock.Now, Machine: time.Now, Simulated: simulated,
		Policy: o.Config.Policy, Bounds: o.Config.Bounds, ExpectBy: o.Config.ExpectBy, Version: o.Version, Key: o.Key,
		Secure: o.Config.ConsoleTLS, Log: o.Log, Rights: api.Tokens{Database: o.Store}.Rights, Send: o.Send,
		Replan:  o.Replan,
		Waiting: func(ctx context.Context) (map[string]int64, error) { return command.Waiting(ctx, o.Store, o.Topics) },
	})
}
