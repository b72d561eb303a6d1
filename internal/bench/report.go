package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Better is the direction in which a measure improves.
type Better string

// The two ways.
const (
	Higher Better = "higher"
	Lower  Better = "lower"
)

// Measure is one figure beside its baseline.
type Measure struct {
	Scenario string  `json:"scenario"`
	Name     string  `json:"name"`
	Unit     string  `json:"unit"`
	Figure   float64 `json:"figure"`
	// Baseline is the same work done plainly, in the same call and unit; 0: there is none.
	Baseline float64 `json:"baseline,omitempty"`
	// Ratio is how many times better than the baseline; 0: there is none.
	Ratio  float64 `json:"ratio,omitempty"`
	Better Better  `json:"better"`
	// Steady is a figure that hardly depends on the machine and on what else it does: bytes, not time.
	Steady bool `json:"steady,omitempty"`
	// Floor is what must be reached on two cores with everything on one machine; 0: no floor.
	Floor float64 `json:"floor,omitempty"`
	// Met is nil without a floor, and where the size of the scenario is not the floor's.
	Met *bool `json:"met,omitempty"`
}

// Report is what one call measured.
type Report struct {
	Taken   time.Time `json:"taken"`
	Machine Machine   `json:"machine"`
	// Build is what was measured, as tenure version says it.
	Build string `json:"build,omitempty"`
	// Scenarios are those that were asked for.
	Scenarios []string `json:"scenarios,omitempty"`
	Commands  int      `json:"commands"`
	// Employees is how many a nightly run has.
	Employees int `json:"employees"`
	// Lines is how many lines an employee of a nightly run has.
	Lines    int       `json:"lines,omitempty"`
	Measures []Measure `json:"measures"`
	// Notes have what a reader must know to compare.
	Notes []string `json:"notes,omitempty"`
}

// add takes a measure and compares it.
func (r *Report) add(m Measure) {
	m.Ratio = ratio(m.Figure, m.Baseline, m.Better)
	if m.Floor > 0 {
		met := m.Figure >= m.Floor
		if m.Better == Lower {
			met = m.Figure <= m.Floor
		}
		m.Met = &met
	}
	r.Measures = append(r.Measures, m)
}

// Missed lists the measures below their floor.
func (r *Report) Missed() []Measure {
	var missed []Measure
	for _, m := range r.Measures {
		if m.Met != nil && !*m.Met {
			missed = append(missed, m)
		}
	}
	return missed
}

// Titles are those of the report's table; ">" aligns a column to the right.
func Titles() []string {
	return []string{"SCENARIO", "MEASURE", ">FIGURE", ">BASELINE", ">RATIO", ">FLOOR", "MET"}
}

// Rows are the measures as the table shows them.
func (r *Report) Rows() [][]string {
	rows := make([][]string, len(r.Measures))
	for i, m := range r.Measures {
		rows[i] = []string{
			m.Scenario,
			m.Name,
			number(m.Figure) + " " + m.Unit,
			blank(m.Baseline),
			times(m.Ratio),
			blank(m.Floor),
			m.met(),
		}
	}
	return rows
}

func (m *Measure) met() string {
	switch {
	case m.Met == nil:
		return ""
	case *m.Met:
		return "yes"
	}
	return "no"
}

// blank is a figure, or nothing for none.
func blank(v float64) string {
	if v == 0 {
		return ""
	}
	return number(v)
}

func times(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return number(ratio) + " ×"
}

// WriteFile keeps the report as JSON. A reader sees the old file or the new one, never a part.
func (r *Report) WriteFile(path string) error {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("bench: write %s: %w", path, err)
	}
	partial := path + ".partial"
	if err := os.WriteFile(partial, append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("bench: write report: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return fmt.Errorf("bench: write report: %w", err)
	}
	return nil
}
