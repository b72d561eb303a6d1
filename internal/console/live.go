package console

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tenure/internal/telemetry"
)

const (
	// pulseEvery is how often it is read whether anything moved; one page in all windows of a session is told at most as
	// often.
	pulseEvery = time.Second
	// quietMax is how long a stream says nothing: proxies end those that are silent longer.
	quietMax = 15 * time.Second
	// listenersMax bounds the windows that are told; those beyond read the page every few seconds.
	listenersMax = 256
	// listenersOfSession bounds those of one browser. Over HTTP/1.1 browsers open six connections to a server and keep
	// what is beyond waiting, without an end: six windows that are told would leave none for the next page.
	listenersOfSession = 4
)

// pulse tells open pages that something moved. It reads only while a page is open, for all of them at once.
type pulse struct {
	mu        sync.Mutex
	listeners map[chan string]string // by the seeds of their sessions
	closed    bool
}

// join adds a listener of a session; false where there are too many, of all or of that session, or the process ends.
func (p *pulse) join(session string) (chan string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.listeners) >= listenersMax || p.of(session) >= listenersOfSession {
		return nil, false
	}
	if p.listeners == nil {
		p.listeners = map[chan string]string{}
	}
	c := make(chan string, 1)
	p.listeners[c] = session
	return c, true
}

// of counts the listeners of a session. The caller holds the lock.
func (p *pulse) of(session string) int {
	count := 0
	for _, one := range p.listeners {
		if one == session {
			count++
		}
	}
	return count
}

func (p *pulse) leave(c chan string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.listeners, c)
}

func (p *pulse) listened() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.listeners) > 0
}

// tell leaves the newest pulse to each listener; who is slow misses one that is older.
func (p *pulse) tell(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.listeners {
		select {
		case <-c:
		default:
		}
		c <- text
	}
}

// end ends all streams: a process that stops does not wait for windows that are open.
func (p *pulse) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for c := range p.listeners {
		close(c)
		delete(p.listeners, c)
	}
}

// follow reads what moves, until the process ends.
func (h *console) follow(ctx context.Context) error {
	defer h.pulse.end()
	ticks := time.NewTicker(pulseEvery)
	defer ticks.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		h.sample(ctx)
		if !h.pulse.listened() {
			continue
		}
		now, err := h.Store.Pulse(ctx)
		if err == nil && now != last {
			last = now
			h.pulse.tell(now)
		}
	}
}

// live is a stream of server-sent events: one each time that something moved. The page then reads itself again.
func (h *console) live(w http.ResponseWriter, r *http.Request) {
	session, ok := h.sessions.read(r)
	if !ok || !h.operator(r.Context(), session) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	moved, ok := h.pulse.join(session.Seed)
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable) // the page then reads itself every few seconds
		return
	}
	defer h.pulse.leave(moved)
	w.Header().Set("Content-Type", "text/event-stream")
	h.stream(w, r, session, moved)
}

// stream writes until the window closes, the session ends, or the process does.
func (h *console) stream(w http.ResponseWriter, r *http.Request, session session, moved <-chan string) {
	stream := http.NewResponseController(w)
	_ = stream.SetWriteDeadline(time.Time{}) // fails only where there is none
	quiet := time.NewTicker(quietMax)
	defer quiet.Stop()
	for text, open := ": open\n\n", true; open; {
		if _, err := fmt.Fprint(w, text); err != nil || stream.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-quiet.C:
			text, open = ": nothing\n\n", h.operator(r.Context(), session)
		case _, open = <-moved:
			open = open && h.operator(r.Context(), session)
			text = "event: moved\ndata: " + h.Machine().UTC().Format(time.RFC3339) + "\n\n"
		}
	}
}

// operator reports whether a session may still see what moves.
func (h *console) operator(ctx context.Context, of session) bool {
	who, known, err := h.Rights(ctx, of.Token)
	if err != nil {
		h.Log.Warn("console: rights", telemetry.Err(err))
	}
	return err == nil && known && who.AccessLevel == levelAdmin && h.Machine().Before(of.Ends)
}
