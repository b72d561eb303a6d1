package architecture

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// A figure about few things says nothing: below these counts it is printed and not held against the floor.
const (
	functionsForFloor = 300   // functions before the distribution of their length and paths counts
	filesForFloor     = 60    // files before the distribution of their length counts
	testsForFloor     = 20    // tests before the share of parallel ones counts
	codeLinesForFloor = 5_000 // lines of code before the share of test lines counts
)

// programPackage is where the program is put together. Until it exists, packages arrive ahead of their tests, and the
// share of test lines says nothing.
const programPackage = "cmd/tenure"

// Figures of the whole tree, the exceptions of the rules included, may not get worse than they are.
const (
	chainMax = 7 // cmd, node, runs, scheduler, domain, events, billing
)

// testLinesKept is what the share of test lines may not sink below.
const testLinesKept = 70

// linesFigure counts the packages that only tests import, such as internal/test/environment, among the tests.
const linesFigure = "test lines (with test kits) to 100 code lines"

// Figure is one measured property of the tree and the bound it must keep.
type Figure struct {
	Name    string
	Got     float64
	Bound   float64
	AtLeast bool   // the bound is a lower one
	Young   string // why the bound is not applied yet, empty when it is
}

// Kept reports whether the figure is within its bound, or too young to be held against it.
func (f Figure) Kept() bool {
	if f.Young != "" {
		return true
	}
	if f.AtLeast {
		return f.Got >= f.Bound
	}
	return f.Got <= f.Bound
}

// String gives one line of the table.
func (f Figure) String() string {
	sign, note := "<=", ""
	if f.AtLeast {
		sign = ">="
	}
	switch {
	case f.Young != "":
		note = "not applied yet: " + f.Young
	case !f.Kept():
		note = "NOT KEPT"
	}
	return fmt.Sprintf("%-46s %8.4g  %s %-6.4g %s", f.Name, f.Got, sign, f.Bound, note)
}

// Measure gives the figures of a tree with the bounds of the repository.
func Measure(t *Tree) []Figure {
	figures := shapeFigures(t)
	figures = append(figures, testFigures(t)...)
	docs := measureDocs(t)
	chain := longestChain(importGraph(t))
	deps := 0
	if gomod, ok := t.Named("go.mod"); ok {
		deps = len(importedModules(t, direct(gomod.Text)))
	}
	return append(
		figures,
		Figure{
			Name:    "exported names documented, %",
			Got:     share(docs.names-len(docs.missing), docs.names),
			Bound:   100,
			AtLeast: true,
			Young:   youngBelow(docs.names, 1, "names"),
		},
		Figure{Name: "lines above 120 characters, texts not counted", Got: float64(len(checkLineLength(t).Findings)),
			Bound: 0},
		Figure{Name: "longest import chain, packages", Got: float64(len(chain)), Bound: chainMax},
		Figure{Name: "direct dependencies, without those of tests", Got: float64(deps), Bound: dependenciesMax},
	)
}

func shapeFigures(t *Tree) []Figure {
	var lines, paths, files []int
	for _, fn := range functions(t) {
		if !fn.test {
			lines = append(lines, fn.lines)
			paths = append(paths, fn.paths)
		}
	}
	for _, f := range t.Go() {
		files = append(files, f.Lines())
	}
	few := youngBelow(len(lines), functionsForFloor, "functions")
	fewFiles := youngBelow(len(files), filesForFloor, "files")
	return []Figure{
		{Name: "function lines, median", Got: quantile(lines, 50), Bound: 12, Young: few},
		{Name: "function lines, 90 %", Got: quantile(lines, 90), Bound: 45, Young: few},
		{Name: "function lines, longest", Got: quantile(lines, 100), Bound: functionLinesMax},
		{Name: "file lines, 90 %", Got: quantile(files, 90), Bound: 300, Young: fewFiles},
		{Name: "file lines, longest", Got: quantile(files, 100), Bound: testFileLinesMax},
		{Name: "cyclomatic complexity, 90 %", Got: quantile(paths, 90), Bound: 7, Young: few},
		{Name: "cyclomatic complexity, highest", Got: quantile(paths, 100), Bound: cyclomaticMax},
	}
}

func testFigures(t *Tree) []Figure {
	tests, parallel := 0, 0
	for _, fn := range functions(t) {
		if !fn.test || !isTest(fn.decl) {
			continue
		}
		tests++
		if callsParallel(fn.decl) {
			parallel++
		}
	}
	testLines, codeLines := linesOfTests(t)
	youngRatio := youngBelow(codeLines, codeLinesForFloor, "lines of code")
	if len(t.CodeIn(programPackage)) == 0 {
		youngRatio = programPackage + " does not exist yet"
	}
	return []Figure{
		{
			Name:    "tests that run in parallel, %",
			Got:     share(parallel, tests),
			Bound:   99,
			AtLeast: true,
			Young:   youngBelow(tests, testsForFloor, "tests"),
		},
		{Name: linesFigure, Got: share(testLines, codeLines), Bound: testLinesKept, AtLeast: true, Young: youngRatio},
	}
}

// linesOfTests counts the lines of tests and those of code. The kits of tests count as tests: they are written for them
// and for nothing else, and lie in their own packages only because the tests of several packages share them.
func linesOfTests(t *Tree) (tests, code int) {
	kits := testKits(t)
	for _, f := range t.Go() {
		if f.Test() || kits[f.Dir()] {
			tests += f.Lines()
		} else {
			code += f.Lines()
		}
	}
	return tests, code
}

// testKits finds the packages that import package testing and that nothing but tests and other kits imports.
func testKits(t *Tree) map[string]bool {
	kits := map[string]bool{}
	for f, spec := range importsOf(t.Code()) {
		if importPath(spec) == "testing" {
			kits[f.Dir()] = true
		}
	}
	graph := importGraph(t)
	for range len(kits) { // a kit that turns out to be none may unmask another
		for pkg, imports := range graph {
			if kits[pkg] {
				continue
			}
			for _, imported := range imports {
				delete(kits, imported)
			}
		}
	}
	return kits
}

func youngBelow(got, want int, unit string) string {
	if got >= want {
		return ""
	}
	return fmt.Sprintf("%d of %d %s", got, want, unit)
}

// share is part of whole in percent, 0 of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// quantile gives the smallest value that percent of the values do not exceed, 0 of nothing.
func quantile(values []int, percent int) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := (len(sorted)*percent + 99) / 100
	return float64(sorted[max(rank, 1)-1])
}

func isTest(fn *ast.FuncDecl) bool {
	return fn.Recv == nil && fn.Body != nil && strings.HasPrefix(fn.Name.Name, "Test") &&
		fn.Name.Name != "TestMain" && len(fn.Type.Params.List) == 1
}

func callsParallel(fn *ast.FuncDecl) bool {
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Parallel" {
			found = true
		}
		return !found
	})
	return found
}

// importGraph lists which packages of the module each package imports, tests left out.
func importGraph(t *Tree) map[string][]string {
	graph := map[string][]string{}
	for f, spec := range importsOf(t.Code()) {
		if inside, ok := strings.CutPrefix(importPath(spec), modulePath+"/"); ok && !slices.Contains(graph[f.Dir()], inside) {
			graph[f.Dir()] = append(graph[f.Dir()], inside)
		}
	}
	return graph
}

// longestChain gives the longest way through the graph. Go refuses circles; on a tree that has one anyway, the packages
// already on the way are not entered again.
func longestChain(graph map[string][]string) []string {
	memo := map[string][]string{}
	entered := map[string]bool{}
	var from func(string) []string
	from = func(pkg string) []string {
		if chain, ok := memo[pkg]; ok {
			return chain
		}
		entered[pkg] = true
		var best []string
		for _, next := range graph[pkg] {
			if entered[next] {
				continue
			}
			if chain := from(next); len(chain) > len(best) {
				best = chain
			}
		}
		entered[pkg] = false
		memo[pkg] = append([]string{pkg}, best...)
		return memo[pkg]
	}
	var longest []string
	for pkg := range graph {
		if chain := from(pkg); len(chain) > len(longest) {
			longest = chain
		}
	}
	return longest
}
