package architecture

import (
	"go/ast"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// layers gives each top-level folder its place in the one-way order: it imports folders of a lower number. Those that
// are not listed (bench, examples) are outside: they may import everything and nothing may import them.
var layers = map[string]int{
	"migrations":  0, // embedded SQL: imports nothing
	"events":      0,
	"billing":     0,
	"access":      0,
	"domain":      1,
	"contract":    0,
	"scheduler":   2,
	"schemas":     2,
	"projections": 2,
	"api":         2,
	"internal":    3,
	"cmd":         4,
}

const layerOutside = 5

// neighbours are the imports allowed between folders of the same layer.
var neighbours = map[[2]string]string{
	{"events", "billing"}:    "the fact that something was billed holds its lines",
	{"api", "projections"}:   "the screens are typed reads of the read models",
	{"contract", "billing"}:  "each ledger has its own topics",
	{"internal", "internal"}: "the compiler already refuses a circle; the packages are wired by hand in cmd",
	{"cmd", "cmd"}:           "one program",
}

// purePackages decide and fold: what they answer depends on their arguments alone.
var purePackages = []string{"events", "billing", "access", "contract", "domain"}

// impureImports are the packages, with everything below them, that would let a pure package reach outside its
// arguments.
var impureImports = []string{
	"net", "os", "io/fs", "io/ioutil", "syscall", "plugin", "embed", "unsafe",
	"log", "database/sql", "math/rand", "crypto/rand", "context",
}

// pureModules are the foreign modules a pure package may import.
var pureModules = []string{"github.com/shopspring/decimal", "github.com/google/uuid", "golang.org/x/net/idna",
	"golang.org/x/text/unicode/norm"}

// randomNames are the functions of an allowed package that draw at random or read the clock.
var randomNames = map[string][]string{
	"github.com/google/uuid": {
		"New",
		"NewString",
		"NewRandom",
		"NewRandomFromReader",
		"NewUUID",
		"NewV6",
		"NewV7",
		"NewV7FromReader",
	},
}

// home says where a library may be imported.
type home struct {
	imports  string   // import path, with everything below it
	packages []string // packages that may
	tests    bool     // whether any test may
	why      string
}

var homes = []home{
	{
		"github.com/IBM/sarama",
		[]string{"internal/bus", "examples/consumer-go", "examples/provider", "internal/test/simulation",
			"internal/test/kafkatest"},
		false,
		"all Kafka is in internal/bus, but for programs of others and for what stands in for brokers",
	},
	{
		"github.com/ThreeDotsLabs",
		[]string{"internal/bus", "examples/provider"},
		false,
		"all Kafka is in internal/bus, but for programs of others",
	},
	{
		"github.com/twmb/franz-go",
		[]string{"internal/bus", "internal/embedded", "internal/test/kafkatest"},
		true,
		"all Kafka is in internal/bus",
	},
	{
		"github.com/twmb/franz-go/pkg/kfake",
		[]string{"internal/embedded", "internal/test/kafkatest"},
		true,
		"the embedded broker is a stand-in, production talks through internal/bus",
	},
	{
		"github.com/fergusstrange/embedded-postgres",
		[]string{"internal/embedded"},
		false,
		"the embedded database is a stand-in",
	},
}

func importPath(spec *ast.ImportSpec) string {
	p, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return "" // the parser has refused it already
	}
	return p
}

// below reports whether an import path is root or a package below it.
func below(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

// topFolder is the top-level folder of a path from the root; files in the root itself have none.
func topFolder(name string) string {
	first, _, found := strings.Cut(name, "/")
	if !found {
		return ""
	}
	return first
}

func layerOf(folder string) int {
	if layer, ok := layers[folder]; ok {
		return layer
	}
	return layerOutside
}

// helpsAnyTest are what the tests of pure packages may import too: they know nothing of ours.
var helpsAnyTest = []string{modulePath + "/internal/test/golden", modulePath + "/internal/test/histories"}

// checkImportOrder looks at tests of the pure packages too; tests elsewhere may bring up the parts they need.
func checkImportOrder(t *Tree) Report {
	var report Report
	for f, spec := range importsOf(t.Go()) {
		from := topFolder(f.Path)
		if f.Test() && (!slices.Contains(purePackages, from) || slices.Contains(helpsAnyTest, importPath(spec))) {
			continue
		}
		if inside, ok := strings.CutPrefix(importPath(spec), modulePath+"/"); ok && !mayImport(from, topFolder(inside+"/")) {
			report.add(
				t.at(
					spec,
					importPath(spec),
					"%s may not import %s: imports run towards events and billing",
					from,
					topFolder(inside+"/"),
				),
			)
		}
	}
	return report
}

// mayImport reports whether packages of one folder may import those of another, or of the same.
func mayImport(from, to string) bool {
	if from == to && from != "" {
		return true
	}
	_, allowed := neighbours[[2]string{from, to}]
	return allowed || layerOf(from) > layerOf(to)
}

func checkImportHome(t *Tree) Report {
	var report Report
	for f, spec := range importsOf(t.Go()) {
		for _, h := range homes {
			if below(importPath(spec), h.imports) && !h.lets(f) {
				report.add(
					t.at(spec, importPath(spec), "%s belongs to %s: %s", importPath(spec), strings.Join(h.packages, ", "), h.why),
				)
			}
		}
	}
	return report
}

// lets reports whether a file may import what is at home here.
func (h home) lets(f File) bool { return slices.Contains(h.packages, f.Dir()) || h.tests && f.Test() }

func checkPure(t *Tree) Report {
	var report Report
	files := t.CodeIn(purePackages...)
	if len(files) == 0 {
		report.skip("no package of %s exists yet", strings.Join(purePackages, ", "))
	}
	for _, spec := range importsOf(files) {
		p := importPath(spec)
		switch {
		case slices.ContainsFunc(impureImports, func(root string) bool { return below(p, root) }):
			report.add(t.at(spec, p, "a pure package may not import %s", p))
		case foreign(p) && !slices.Contains(pureModules, p):
			report.add(t.at(spec, p, "a pure package may import of foreign modules only %s", strings.Join(pureModules, ", ")))
		}
	}
	for _, f := range files {
		for p, names := range randomNames {
			for _, use := range uses(f.AST, p, names) {
				report.add(t.at(use, use.Sel.Name, "%s.%s draws at random: compute the identity", p, use.Sel.Name))
			}
		}
	}
	return report
}

// foreign reports whether an import path is of another module: those begin with a host's name.
func foreign(p string) bool {
	host, _, _ := strings.Cut(p, "/")
	return strings.Contains(host, ".")
}

// importsOf goes through every import of files.
func importsOf(files []File) iter.Seq2[File, *ast.ImportSpec] {
	return func(yield func(File, *ast.ImportSpec) bool) {
		for _, f := range files {
			for _, spec := range f.AST.Imports {
				if !yield(f, spec) {
					return
				}
			}
		}
	}
}

// uses finds the selections of the named things from an imported package, under whatever name it was imported.
func uses(file *ast.File, pkg string, names []string) []*ast.SelectorExpr {
	local := localName(file, pkg)
	if local == "" {
		return nil
	}
	var found []*ast.SelectorExpr
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if name, ok := selected(sel, local); ok && slices.Contains(names, name) {
				found = append(found, sel)
			}
		}
		return true
	})
	return found
}

// localName is the name under which a file imports a package, empty when it does not.
func localName(file *ast.File, pkg string) string {
	for _, spec := range file.Imports {
		if importPath(spec) != pkg {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return pkg[strings.LastIndex(pkg, "/")+1:]
	}
	return ""
}
