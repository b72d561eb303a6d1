package tidy

import (
	"go/ast"
	"regexp"
	"slices"
)

// wireName is an event's name on the wire, e.g. employee.created.v1.
var wireName = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z][a-z_]*)+\.v[0-9]+$`)

// eventTypes finds the types of package events that have a name on the wire: those with a method that returns one.
func eventTypes(t *Tree) map[string]Finding {
	found := map[string]Finding{}
	for _, f := range t.CodeIn("events") {
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil || receiverName(fn) == "" {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				ret, ok := n.(*ast.ReturnStmt)
				if !ok || len(ret.Results) != 1 {
					return true
				}
				if text, ok := stringLiteral(ret.Results[0]); ok && wireName.MatchString(text) {
					name := receiverName(fn)
					found[name] = t.at(fn, name, "%s is folded nowhere in domain: no case of a switch names it", text)
				}
				return true
			})
		}
	}
	return found
}

// foldedTypes lists the types of package events that a case clause in domain names, by value or by pointer.
func foldedTypes(t *Tree) []string {
	var names []string
	for _, f := range t.CodeIn("domain") {
		local := localName(f.AST, modulePath+"/events")
		if local == "" {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			clause, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, e := range clause.List {
				if star, ok := e.(*ast.StarExpr); ok {
					e = star.X
				}
				sel, ok := e.(*ast.SelectorExpr)
				if !ok {
					continue
				}
				if id, ok := sel.X.(*ast.Ident); ok && id.Name == local {
					names = append(names, sel.Sel.Name)
				}
			}
			return true
		})
	}
	return names
}

// checkFolded starts once domain folds half of the events; until then the fold is being written. An event that no state
// remembers is a fact lost to every decision.
func checkFolded(t *Tree) Report {
	var report Report
	folded := foldedTypes(t)
	var missing []Finding
	registered := eventTypes(t)
	for name, finding := range registered {
		if !slices.Contains(folded, name) {
			missing = append(missing, finding)
		}
	}
	if got := len(registered) - len(missing); 2*got < len(registered) || got == 0 {
		report.skip("domain folds %d of %d events: the rule starts at half of them", got, len(registered))
		return report
	}
	report.Findings = missing
	return report
}
