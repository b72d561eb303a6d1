package bench

import (
	"encoding/json"
	"fmt"
	"os"
)

// worseMax is by how much a steady measure may be worse than in another report before it is one that has become slower:
// more than runs of one build differ, once each is divided by the baseline of the same call. Times are left out: one
// build took 9 and 24 COPYs on two cores, alone and at load 40.
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

// Slower lists the steady measures that are worse than in a former report by more than 20 %. They compare by their
// ratio to the baseline, so that reports of machines of another speed and load compare.
func (r *Report) Slower(before *Report) []string {
	var slower []string
	for _, m := range r.Measures {
		for _, was := range before.Measures {
			if was.Scenario != m.Scenario || was.Name != m.Name || !m.Steady || was.Ratio <= 0 || m.Ratio <= 0 {
				continue
			}
			if m.Ratio < was.Ratio*(1-worseMax) {
				slower = append(slower, fmt.Sprintf("%s: %s: %s of its baseline, was %s", m.Scenario, m.Name, times(m.Ratio),
					times(was.Ratio)))
			}
		}
	}
	return slower
}
