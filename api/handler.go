package api

import (
	"log/slog"
	"net/http"
	"time"

	"tenure/projections"
)

// Config is what the handlers work with.
type Config struct {
	// Database holds the read models and the tokens.
	Database projections.Database
	// Now is business time.
	Now func() time.Time
	// Zone is the billing zone, in which an instant becomes a day.
	Zone *time.Location
	// Log receives faults, never content.
	Log *slog.Logger
}

type handler struct {
	Config
	tokens Tokens
}

// New serves GET /livez and GET /employee/{id}, and refuses everything else in the published form.
func New(c Config) http.Handler {
	h := handler{Config: c, tokens: Tokens{Database: c.Database}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /employee/{id}", h.employee)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, errPath) })
	return mux
}
