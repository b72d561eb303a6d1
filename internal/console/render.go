package console

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/internal/status"
	"tenure/projections"
)

//go:embed templates
var templateFiles embed.FS

// templates are the pages by name, each with the shell around it.
type templates struct {
	byName map[string]*template.Template
}

// pageNames are the templates that stand in the shell; those in bareNames stand alone.
var (
	pageNames = []string{
		"tonight", "runs", "run", "employees", "employee", "parked", "flow", "documents", "document", "switches", "replays",
		"cluster", "proofs", "held", "confirm", "outcome",
	}
	bareNames = []string{"login", "failed"}
)

func parseTemplates(zone *time.Location) (*templates, error) {
	t := &templates{byName: map[string]*template.Template{}}
	functions := functionsIn(zone)
	add := func(name string, files ...string) error {
		parsed, err := template.New(name).Funcs(functions).ParseFS(templateFiles, files...)
		if err != nil {
			return fmt.Errorf("console: template %s: %w", name, err)
		}
		t.byName[name] = parsed
		return nil
	}
	for _, name := range pageNames {
		if err := add(name, "templates/shell.html", "templates/"+name+".html"); err != nil {
			return nil, err
		}
	}
	for _, name := range bareNames {
		if err := add(name, "templates/bare.html", "templates/"+name+".html"); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *templates) execute(w io.Writer, name string, data any) error {
	return t.byName[name].ExecuteTemplate(w, "layout", data)
}

// functionsIn are what templates may call; times are shown in the billing zone.
func functionsIn(zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"count":      func(n any) string { return status.Amount(fmt.Sprint(n)) },
		"amount":     func(text any) string { return status.Amount(fmt.Sprint(text)) },
		"money":      status.Money,
		"fixed":      func(d decimal.Decimal, scale int) string { return status.Amount(d.StringFixed(int32(scale))) },
		"day":        func(d billing.Date) string { return dayOr(d) },
		"last":       func(d billing.Date) string { return dayOr(billing.Inclusive(d)) },
		"clock":      func(t time.Time) string { return t.In(zone).Format("15:04:05") },
		"moment":     func(t time.Time) string { return momentIn(t, zone) },
		"utc":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"duration":   status.Duration,
		"plural":     func(n int, one, many string) string { return status.Plural(int64(n), one, many) },
		"shape":      func(s status.Shape) template.HTML { return glyph(s) },
		"lower":      strings.ToLower,
		"short":      func(s string) string { return s[:min(len(s), digestShown)] },
		"lineAmount": lineAmount,
	}
}

// digestShown is how many characters of a digest are enough to tell it from others.
const digestShown = 12

func dayOr(d billing.Date) string {
	if d == 0 {
		return "–"
	}
	return d.Time().Format("2 Jan 2006")
}

func momentIn(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(zone).Format("2 Jan 2006 15:04:05")
}

// lineAmount is the amount of a line, of a document or of an event, in its currency's decimals.
func lineAmount(line any) string {
	switch l := line.(type) {
	case billing.Line:
		return status.Amount(l.Amount.StringFixed(int(l.Scale)))
	case projections.Line:
		return status.Amount(l.Amount.StringFixed(int(l.Scale)))
	}
	return "–"
}

// glyphs are the symbols of states: shape first, colour second; a word stands beside each.
var glyphs = map[status.Shape]string{
	status.ShapeOK:      `<circle cx="8" cy="8" r="6.5"/><path d="M5 8.3l2.1 2.1L11 6"/>`,
	status.ShapeRun:     `<circle cx="8" cy="8" r="6.5"/><path class="f" d="M8 3.5a4.5 4.5 0 0 1 0 9z"/>`,
	status.ShapeWait:    `<path class="f" d="M8 .8L15.2 8 8 15.2.8 8z"/><path class="k" d="M8 4.5v4.3M8 10.5v1.5"/>`,
	status.ShapeHalt:    `<rect class="f" x="1.5" y="1.5" width="13" height="13" rx="2"/><path class="k" d="M6 5v6M10 5v6"/>`,
	status.ShapeBad:     `<path class="f" d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z"/><path class="k" d="M5.5 5.5l5 5M10.5 5.5l-5 5"/>`,
	status.ShapeHeld:    `<circle class="f" cx="8" cy="8" r="7"/><path class="k" d="M4.5 8h7"/>`,
	status.ShapeParked:  `<path class="f" d="M1.5 2h13v12h-13z"/><path class="k" d="M5.5 12V4.5h3a2.2 2.2 0 0 1 0 4.4h-3"/>`,
	status.ShapeUnknown: `<circle cx="8" cy="8" r="6.5" stroke-dasharray="2.2 2.2"/>`,
}

func glyph(s status.Shape) template.HTML {
	drawing, ok := glyphs[s]
	if !ok {
		s, drawing = status.ShapeUnknown, glyphs[status.ShapeUnknown]
	}
	// constants
	return template.HTML(`<svg class="g g-` + string(s) + `" viewBox="0 0 16 16" aria-hidden="true">` + drawing + `</svg>`)
}
