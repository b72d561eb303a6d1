package main

import (
	"context"
	"net/http"
	"time"

	"tenure/api"
	"tenure/events"
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
		Secure: o.Config.ConsoleTLS, Log: o.Log, Rights: consoleRights(api.Tokens{Database: o.Store}), Send: o.Send,
		Replan: o.Replan, Run: o.Run, Tokens: api.Tokens{Database: o.Store}.All,
		Waiting: func(ctx context.Context) (map[string]int64, error) { return command.Waiting(ctx, o.Store, o.Topics) },
	})
}

// consoleRights looks a token up. One that is not accepted any more is none: its session is over.
func consoleRights(tokens api.Tokens) func(context.Context, string) (events.Actor, bool, error) {
	return func(ctx context.Context, token string) (events.Actor, bool, error) {
		who, known, err := tokens.Rights(ctx, token)
		if api.Refused(err) {
			return events.Actor{}, false, nil
		}
		return who, known, err
	}
}
