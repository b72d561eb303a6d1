package architecture

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// faultsPage is the page of what the system survives; every test of faultsHome is on it, and it names no test that does
// not exist.
const (
	faultsPage = "docs/reliability.md"
	faultsHome = "internal/test/faults"
)

// testNamed is a test as a page names it.
var testNamed = regexp.MustCompile("`(Test[A-Za-z]+_[A-Za-z0-9]+)`")

// checkFaultsPage holds the page of faults and the tests that inject them equal.
func checkFaultsPage(t *Tree) Report {
	var report Report
	page, ok := t.Named(faultsPage)
	if !ok {
		report.skip("%s does not exist", faultsPage)
		return report
	}
	var named []string
	for _, match := range testNamed.FindAllStringSubmatch(string(page.Text), -1) {
		named = append(named, match[1])
	}
	exists := map[string]bool{}
	for _, f := range t.Go() {
		for _, test := range testsOf(f) {
			name := test.Name.Name
			exists[name] = true
			if f.Dir() == faultsHome && !slices.Contains(named, name) {
				report.add(t.at(test, name, "%s is not in %s", name, faultsPage))
			}
		}
	}
	for _, name := range named {
		if !exists[name] {
			report.Findings = append(report.Findings, Finding{Path: faultsPage, Line: 1, Symbol: name,
				Text: name + " is no test"})
		}
	}
	return report
}

// testsOf are the tests of a file.
func testsOf(f File) (tests []*ast.FuncDecl) {
	for _, d := range f.AST.Decls {
		test, is := d.(*ast.FuncDecl)
		if is && f.Test() && strings.HasPrefix(test.Name.Name, "Test") && test.Name.Name != "TestMain" {
			tests = append(tests, test)
		}
	}
	return tests
}
