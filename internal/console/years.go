package console

import (
	"context"
	"fmt"
	"html/template"
	"strings"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/runstate"
	"tenure/internal/status"
)

// yearsShown are the strips: this year and those before it.
const yearsShown = 3

// strip is a year with a mark for each night: short where nothing was unusual.
type strip struct {
	Year    int
	Drawing template.HTML
	Text    string // the same as a sentence
	Unusual []unusual
}

// unusual is a night that waited for an approval, was planned more than once, or was abandoned.
type unusual struct {
	Run, Why  string
	Abandoned bool
}

// marks are what the steps of a night say of it.
type marks struct {
	plans               int
	approved, abandoned bool
}

// why says what was unusual; empty: nothing.
func (m marks) why() string {
	switch {
	case m.abandoned:
		return "abandoned"
	case m.approved:
		return "waited for an approval"
	case m.plans > 1:
		return fmt.Sprintf("planned %d times", m.plans)
	}
	return ""
}

// years reads the strips, from the steps of the nights alone.
func (h *console) years(ctx context.Context, today billing.Date) ([]strip, error) {
	this := today.Time().Year()
	first := runstate.ID(billing.NewDate(this-yearsShown+1, 1, 1))
	found, err := h.Store.RunMarks(ctx, domain.Stream(domain.KindRun, first),
		domain.Stream(domain.KindRun, runstate.ID(today+1)))
	if err != nil {
		return nil, err
	}
	nights := map[billing.Date]marks{}
	for _, step := range found {
		_, id := domain.SplitStream(step.Stream)
		date, err := runstate.NightOf(id)
		if err != nil {
			continue // a run of another kind
		}
		n := nights[date]
		switch step.Type {
		case (events.RunPlanned{}).EventType():
			n.plans++
		case (events.RunApproved{}).EventType():
			n.approved = true
		case (events.RunAbandoned{}).EventType():
			n.abandoned = true
		}
		nights[date] = n
	}
	all := make([]strip, 0, yearsShown)
	for year := this - yearsShown + 1; year <= this; year++ {
		all = append(all, stripOf(year, today, nights))
	}
	return all, nil
}

// stripOf draws a year up to today.
func stripOf(year int, today billing.Date, nights map[billing.Date]marks) strip {
	s := strip{Year: year}
	first, next := billing.NewDate(year, 1, 1), billing.NewDate(year+1, 1, 1)
	var usual, waited, abandoned strings.Builder
	count := 0
	for d := first; d < next && d <= today; d++ {
		n, known := nights[d]
		if !known {
			continue
		}
		count++
		why, mark := n.why(), &usual
		if why != "" {
			s.Unusual = append(s.Unusual, unusual{Run: runstate.ID(d), Why: why, Abandoned: n.abandoned})
			mark = &waited
		}
		if n.abandoned {
			mark = &abandoned
		}
		top := 8
		if why != "" {
			top = 0
		}
		fmt.Fprintf(mark, "M%d.5 %dV20", int(d-first), top)
	}
	s.Text = fmt.Sprintf("%s of %s runs unusual", status.Count(int64(len(s.Unusual))), status.Count(int64(count)))
	s.Drawing = template.HTML(fmt.Sprintf( // numbers
		`<svg viewBox="0 0 366 20" preserveAspectRatio="none" role="img" aria-label="%d: %s">`+
			`<path class="n" d="%s"/><path class="u" d="%s"/><path class="a" d="%s"/></svg>`,
		year, s.Text, usual.String(), waited.String(), abandoned.String()))
	return s
}
