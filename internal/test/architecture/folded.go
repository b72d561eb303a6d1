package architecture

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
			name := receiverName(fn)
			for _, text := range literalsReturned(fn.Body) {
				if wireName.MatchString(text) {
					found[name] = t.at(fn, name, "%s is folded nowhere in domain: no case of a switch names it", text)
				}
			}
		}
	}
	return found
}

// literalsReturned lists the text literals that a body returns alone.
func literalsReturned(body *ast.BlockStmt) (texts []string) {
	ast.Inspect(body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			if text, ok := stringLiteral(ret.Results[0]); ok {
				texts = append(texts, text)
			}
		}
		return true
	})
	return texts
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
			if clause, ok := n.(*ast.CaseClause); ok {
				for _, e := range clause.List {
					if name, ok := selected(e, local); ok {
						names = append(names, name)
					}
				}
			}
			return true
		})
	}
	return names
}

// selected gives the name that an expression, or what it points to, takes from a package.
func selected(e ast.Expr, pkg string) (string, bool) {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	id, ok := sel.X.(*ast.Ident)
	return sel.Sel.Name, ok && id.Name == pkg
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
