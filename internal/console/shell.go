package console

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tenure/access"
	"tenure/internal/runs"
	"tenure/internal/status"
	"tenure/internal/store"
)

// shell surrounds every page.
type shell struct {
	Title     string
	Nav       []navEntry
	Halts     []haltNotice
	Simulated bool
	Now       time.Time // business time
	Read      time.Time // when the page was read, real time
	Who, Mark string
	Level     string
	Operates  bool // the caller is an operator
	Ends      time.Time
	CSRF      string
	Version   string
	Refresh   bool // the page moves: script reads it again every few seconds
	Page      any
}

type navEntry struct {
	Label, Href, Note string
	Current, Operate  bool
}

type haltNotice struct {
	store.Halt
	For string
}

// navigation in the order of daily use; from Replays on, what is rarely needed.
var navigation = []navEntry{
	{Label: "Tonight", Href: "/"}, {Label: "Runs", Href: "/runs"}, {Label: "Flow", Href: "/flow"},
	{Label: "Parked", Href: "/parked"},
	{Label: "Employees", Href: "/employees"}, {Label: "Documents", Href: "/documents"},
	{Label: "Replays", Href: "/replays", Operate: true}, {Label: "Switches", Href: "/switches", Operate: true},
	{Label: "Cluster", Href: "/cluster", Operate: true}, {Label: "Proofs", Href: "/proofs", Operate: true},
}

// view is a page to be shown inside the shell.
type view struct {
	Name    string // of its template
	Title   string
	Status  int  // HTTP status; 0: 200
	Refresh bool // it moves
	Content any
}

// show renders a page inside the shell.
func (h *console) show(w http.ResponseWriter, r *request, v view) error {
	s := shell{
		Title: v.Title, Now: h.Now(), Read: h.Machine(), Simulated: h.Simulated, CSRF: h.sessions.csrf(r.session),
		Ends:    r.session.Ends,
		Version: h.Version, Refresh: v.Refresh, Page: v.Content, Mark: runs.MarkOf(r.session.Token),
	}
	if s.Who = r.who.Employee; s.Who == "" {
		s.Who = "token " + s.Mark
	}
	s.Level, s.Operates = r.who.AccessLevel, r.operates()
	if err := h.surround(r, &s); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(cmp.Or(v.Status, http.StatusOK))
	return h.pages.execute(w, v.Name, s)
}

// surround reads halts and counts for an operator; others see neither, and the two pages that they have.
func (h *console) surround(r *request, s *shell) error {
	if !s.Operates {
		for _, entry := range navigate(r.URL.Path, 0, "") {
			if entry.Href == "/employees" || entry.Href == "/documents" && r.reach(access.ReadCustomerLines) > access.ReachNone {
				s.Nav = append(s.Nav, entry)
			}
		}
		return nil
	}
	halts, err := h.Store.Halts(r.Context())
	if err != nil {
		return err
	}
	for _, halt := range halts {
		s.Halts = append(s.Halts, haltNotice{halt, status.Duration(s.Now.Sub(halt.At))})
	}
	parked, err := h.parkedSome(r)
	if err != nil {
		return err
	}
	s.Nav = navigate(r.URL.Path, len(halts), parkedNote(parked))
	return nil
}

// navigate marks the current entry and counts beside those where an operator is needed.
func navigate(path string, halts int, parked string) []navEntry {
	all := append([]navEntry(nil), navigation...)
	for i := range all {
		e := &all[i]
		e.Current = e.Href == path || e.Href != "/" && strings.HasPrefix(path+"/", e.Href+"/") ||
			e.Href == "/documents" && strings.HasPrefix(path, "/document/")
		switch {
		case e.Href == "/parked":
			e.Note = parked
		case e.Href == "/switches" && halts > 0:
			e.Note = strconv.Itoa(halts)
		}
	}
	return all
}

// parkedNote is how many messages are parked; empty: none.
func parkedNote(parked store.ParkedCount) string {
	switch {
	case parked.Messages == 0:
		return ""
	case parked.More:
		return "> " + status.Count(parked.Messages-1)
	}
	return strconv.FormatInt(parked.Messages, 10)
}
