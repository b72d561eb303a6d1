package architecture

import (
	"slices"
)

// timePassedIn are the packages that get the time as an argument, so that a replay and a test with a simulated date
// give the same answer as the night itself did.
var timePassedIn = append(slices.Clone(purePackages), "projections", "scheduler", "api")

// clockNames are the functions of package time that read the machine's clock or wait for it.
var clockNames = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

func checkClock(t *Tree) Report {
	var report Report
	for _, name := range timePassedIn {
		files := t.CodeIn(name)
		if len(files) == 0 {
			report.skip("%s does not exist yet", name)
		}
		for _, f := range files {
			for _, use := range uses(f.AST, "time", clockNames) {
				report.add(t.at(use, use.Sel.Name, "time.%s: %s gets the time from its caller", use.Sel.Name, name))
			}
		}
	}
	return report
}

// checkTestSleep covers tests only: a service may pause between two tries.
func checkTestSleep(t *Tree) Report {
	var report Report
	for _, f := range t.Go() {
		if !f.Test() {
			continue
		}
		for _, use := range uses(f.AST, "time", []string{"Sleep"}) {
			report.add(t.at(use, "Sleep", "time.Sleep in a test: wait for a signal, or poll with a deadline"))
		}
	}
	return report
}
