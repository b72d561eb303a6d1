package architecture

import (
	"slices"
	"strings"
)

// internalRoot is the folder whose packages import each other by the table below; internalTests holds what only tests
// use.
const (
	internalRoot  = "internal/"
	internalTests = "internal/test/"
)

// internalImports says which packages inside internal each package there may import, tests left out. It is what the
// tree has: a line more is a decision, a line that nothing uses any more is refused. Packages that are not listed
// import none. node, bench and demo put a system together and reach furthest.
var internalImports = map[string]string{
	"activity":    "bus",
	"audit":       "bus history store",
	"bus":         "backoff signing",
	"keyring":     "signing store telemetry",
	"bench":       "bus catalog clock command embedded feed history rebuild relay runs runstate store worker",
	"booking":     "command export store",
	"catalog":     "store",
	"clock":       "store",
	"command":     "bus store telemetry",
	"config":      "bus secret signing store telemetry",
	"console":     "bus catalog command history runs runstate status store telemetry timeline",
	"demo":        "bus command feed provider runstate store table",
	"embedded":    "memory",
	"fastforward": "feed runs runstate store",
	"feed":        "backoff store",
	"history":     "store",
	"node": "activity bus catalog clock command config embedded feed keyring provider rebuild relay runs " +
		"secret signing store telemetry worker",
	"provider":  "bus command",
	"rebuild":   "store",
	"reconcile": "bus catalog feed history relay store",
	"relay":     "bus catalog feed history store",
	"repair":    "bus store",
	"replay":    "bus catalog feed relay store",
	"runs":      "bus clock command history runstate store telemetry",
	"runstate":  "store",
	"status":    "history runstate store",
	"timeline":  "history store",
	"worker":    "bus catalog clock history keyring runstate signing store telemetry",
}

// checkInternalImports holds the packages of internal to the table, keeps what is for tests out of the product, and
// refuses entries without use. internal/test imports what it likes: whole systems are its subject.
func checkInternalImports(t *Tree) Report {
	var report Report
	used := map[string]bool{}
	for f, spec := range importsOf(t.Code()) {
		dir, ok := strings.CutPrefix(importPath(spec), modulePath+"/")
		from := f.Dir() + "/"
		if !ok || strings.HasPrefix(from, internalTests) {
			continue
		}
		if strings.HasPrefix(dir+"/", internalTests) {
			report.add(t.at(spec, dir, "%s is for tests: the product may not import it", dir))
			continue
		}
		if !strings.HasPrefix(from, internalRoot) || !strings.HasPrefix(dir, internalRoot) {
			continue
		}
		importer, imported := strings.TrimPrefix(f.Dir(), internalRoot), strings.TrimPrefix(dir, internalRoot)
		used[importer+" "+imported] = true
		if !slices.Contains(strings.Fields(internalImports[importer]), imported) {
			report.add(t.at(spec, dir, "internal/%s may not import internal/%s: move what it needs, or decide otherwise in %s",
				importer, imported, internalImportsFile))
		}
	}
	return reportUnused(t, report, used)
}

// internalImportsFile is where the table is.
const internalImportsFile = "internal/test/architecture/internalimports.go"

func reportUnused(t *Tree, report Report, used map[string]bool) Report {
	if _, ok := t.Named(internalImportsFile); !ok {
		return report // a tree made up by a test has no table
	}
	for importer, list := range internalImports {
		for imported := range strings.FieldsSeq(list) {
			if !used[importer+" "+imported] {
				report.add(Finding{Path: internalImportsFile, Line: 1, Symbol: importer,
					Text: "internal/" + importer + " does not import internal/" + imported + " any more: remove it from the table"})
			}
		}
	}
	return report
}
