package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"tenure/access"
	"tenure/api"
	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/catalog"
	"tenure/internal/command"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/scheduler"
)

// Config is what the console needs of its process. All fields are set.
type Config struct {
	Store     *store.Store
	Catalog   *catalog.Reader
	Now       func() time.Time // business time
	Machine   func() time.Time // real time, by which sessions end
	Simulated bool             // the clock is
	Policy    billing.Policy
	Bounds    scheduler.Bounds
	ExpectBy  time.Duration // after local midnight, by when a run is to be complete; 0: no hour is given
	Version   string        // of the build
	Key       []byte        // 32 bytes that seal sessions: all processes behind one address have the same
	Secure    bool          // the address is reached over HTTPS only
	Log       *slog.Logger
	// Rights looks up what a token allows; false when there is none like it.
	Rights func(ctx context.Context, token string) (events.Actor, bool, error)
	// Send sends a command and waits for its outcome.
	Send func(ctx context.Context, c command.Command) (domain.Outcome, error)
	// Replan records a new plan of a run.
	Replan func(ctx context.Context, date billing.Date, by events.Actor, token string) (domain.Outcome, error)
	// Run runs a loop of the process under a name, until it stops.
	Run func(name string, loop func(ctx context.Context) error)
	// Tokens lists the tokens, without their values.
	Tokens func(ctx context.Context) ([]api.Token, error)
	// Waiting counts the commands that no worker has taken, by topic/partition.
	Waiting func(ctx context.Context) (map[string]int64, error)
}

//go:embed assets
var assets embed.FS

// pageTimeMax is how long a page may take: what is slower is not shown, so that a look never burdens the run.
const pageTimeMax = 5 * time.Second

// console is the handler.
type console struct {
	Config
	pages    *templates
	sessions *sessions
	pulse    pulse
	lag      lag
	waits    *waiting
}

// New makes the handler. The error is one of the key.
func New(c Config) (http.Handler, error) {
	s, err := newSessions(c.Key, c.Machine, c.Secure)
	if err != nil {
		return nil, err
	}
	h := &console{Config: c, sessions: s, waits: newWaiting()}
	if h.pages, err = parseTemplates(h.Policy.Zone()); err != nil {
		return nil, err
	}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(files)))
	mux.HandleFunc("GET /login", h.loginForm)
	mux.HandleFunc("POST /login", h.login)
	mux.HandleFunc("POST /logout", h.logout)
	mux.HandleFunc("GET /live", h.live)
	for pattern, page := range map[string]page{
		"GET /employees":         h.employees,
		"GET /employees/{id}":    h.employee,
		"GET /documents":         h.documents,
		"GET /document/{ref...}": h.document,
	} {
		mux.HandleFunc(pattern, h.signedIn(page))
	}
	for pattern, page := range map[string]page{
		"GET /{$}":           h.tonight,
		"GET /runs":          h.runs,
		"GET /runs/{run...}": h.run,
		"GET /held/{run...}": h.notBilled,
		"GET /parked":        h.parked,
		"GET /flow":          h.flow,
		"GET /switches":      h.switches,
		"GET /replays":       h.replays,
		"GET /cluster":       h.cluster,
		"GET /proofs":        h.proofs,
		"POST /confirm":      h.confirm,
		"POST /act":          h.act,
	} {
		mux.HandleFunc(pattern, h.signedIn(forOperators(page)))
	}
	c.Run("console", h.follow)
	c.Run("console waiting", h.countWaiting)
	return secured(mux), nil
}

// page renders one page for who is signed in. Its error becomes its own page.
type page func(w http.ResponseWriter, r *request) error

// request is a request of a session.
type request struct {
	*http.Request
	session session
	who     events.Actor
	rights  access.Caller
	catalog *domain.Catalog // by which the rights are
	parked  *store.ParkedCount
}

// forOperators is a page that needs an operator. Others are led to what their level may see.
func forOperators(show page) page {
	return func(w http.ResponseWriter, r *request) error {
		switch {
		case r.operates():
			return show(w, r)
		case r.URL.Path == "/" && r.Method == http.MethodGet:
			http.Redirect(w, r.Request, "/employees", http.StatusSeeOther)
			return nil
		}
		return errForbidden
	}
}

// notFound is the error of a page whose subject does not exist.
var errNotFound = errors.New("there is nothing under this address")

// policy lets a page load its own styles and script and nothing else, from nowhere else, and be framed by nobody.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// bodyMax is more than the largest form: an edited message has at most 1 MiB.
const bodyMax = 4 << 20

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		next.ServeHTTP(w, r)
	})
}

// signedIn calls a page for a caller with a session; everybody else is asked to sign in.
func (h *console) signedIn(show page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeMax)
		defer cancel()
		r = r.WithContext(ctx)
		session, ok := h.sessions.read(r)
		if !ok {
			http.Redirect(w, r, "/login?next="+pathOf(r), http.StatusSeeOther)
			return
		}
		who, known, err := h.Rights(ctx, session.Token)
		switch {
		case err != nil:
			h.failed(w, r, http.StatusServiceUnavailable, err)
			return
		case !known:
			h.sessions.end(w)
			http.Redirect(w, r, "/login?next="+pathOf(r), http.StatusSeeOther)
			return
		}
		if r.Method == http.MethodPost && !h.sessions.genuine(session, r.PostFormValue("csrf")) {
			h.failed(w, r, http.StatusForbidden, errors.New("this form is not of your session: open the page again"))
			return
		}
		asked := &request{Request: r, session: session, who: who}
		if err = h.known(ctx, asked); err == nil {
			err = protected(show, w, asked)
		}
		if err != nil {
			h.failed(w, r, statusOf(err), err)
		}
	}
}

// statusOf is how a page's error is returned.
func statusOf(err error) int {
	switch {
	case errors.Is(err, errNotFound):
		return http.StatusNotFound
	case errors.Is(err, errForbidden):
		return http.StatusForbidden
	case errors.Is(err, context.DeadlineExceeded), store.IsTransient(err):
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

const levelAdmin = "ADMIN"

// protected turns a panic of a page into its error: the others are still shown, and the log says which it was.
func protected(show page, w http.ResponseWriter, r *request) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("console: panic in %s: %v", r.URL.Path, caught)
		}
	}()
	return show(w, r)
}

// failed says what went wrong, when, and what helps.
func (h *console) failed(w http.ResponseWriter, r *http.Request, status int, err error) {
	if status >= http.StatusInternalServerError {
		h.Log.Error("console: page", telemetry.Err(err))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = h.pages.execute(w, "failed", map[string]any{
		"Status": status, "Error": err.Error(), "At": h.Machine(), "Path": r.URL.Path,
	})
}
