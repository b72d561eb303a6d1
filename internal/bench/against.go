package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// worseMax is by how much a steady measure may be worse than in another report before it is one that has become worse.
// Steady are bytes: of the log and of allocations. Times are left out, and so is processor time: one build took 9 and
// 24 COPYs on two cores, alone and at load 40, and its processor time for an employee varied by more than this beside
// the COPY's.
const worseMax = 0.20

// ReadFile reads a report that WriteFile has written.
func ReadFile(path string) (*Report, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("bench: read report: %w", err)
	}
	var r Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("bench: report %s: %w", path, err)
	}
	return &r, nil
}

// Worse lists the steady measures that are worse than in a former report by more than 20 %: those with a baseline by
// their ratio to it, the others as they are. The error says that the two do not compare: one has measured something of
// another size, or nothing steady is in both.
func (r *Report) Worse(before *Report) (worse []string, err error) {
	if r.Employees != before.Employees || r.Lines != before.Lines || r.Commands != before.Commands {
		return nil, fmt.Errorf("bench: of %d employees, %d lines and %d commands, the former report of %d, %d and %d",
			r.Employees, r.Lines, r.Commands, before.Employees, before.Lines, before.Commands)
	}
	compared := 0
	for _, m := range r.Measures {
		for _, was := range before.Measures {
			if was.Scenario != m.Scenario || was.Name != m.Name || !m.Steady || !was.Steady {
				continue
			}
			compared++
			if m.worseThan(was) {
				worse = append(worse, fmt.Sprintf("%s: %s: %s %s, was %s", m.Scenario, m.Name, number(m.Figure), m.Unit,
					number(was.Figure)))
			}
		}
	}
	if compared == 0 {
		return nil, errors.New("bench: no steady measure is in both reports")
	}
	return worse, nil
}

func (m Measure) worseThan(was Measure) bool {
	switch {
	case m.Ratio > 0 && was.Ratio > 0:
		return m.Ratio < was.Ratio*(1-worseMax)
	case m.Better == Lower:
		return m.Figure > was.Figure*(1+worseMax)
	}
	return m.Figure < was.Figure*(1-worseMax)
}
