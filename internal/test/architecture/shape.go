package architecture

import (
	"go/ast"
	"go/token"
)

// The caps hold for every function and file, tests included.
const (
	functionLinesMax = 100 // a screen and a half: beyond it nobody reads it in one go
	fileLinesMax     = 500 // one idea to a file
	cyclomaticMax    = 15  // as many paths as a reader can keep apart
)

// function is the measured shape of one function or method; function literals count into the one around them.
type function struct {
	decl  *ast.FuncDecl
	test  bool
	lines int // from func to the closing brace
	paths int // 1 and one for each branch
}

func functions(t *Tree) []function {
	var all []function
	for _, f := range t.Go() {
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			from, to := t.Fset.Position(fn.Pos()).Line, t.Fset.Position(fn.End()).Line
			all = append(all, function{decl: fn, test: f.Test(), lines: to - from + 1, paths: cyclomatic(fn)})
		}
	}
	return all
}

// cyclomatic counts 1, and one for each if, loop, case, case of a select, && and ||.
func cyclomatic(fn *ast.FuncDecl) int {
	paths := 1
	count := func(branch bool) {
		if branch {
			paths++
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt, *ast.ForStmt, *ast.RangeStmt:
			count(true)
		case *ast.CaseClause:
			count(n.List != nil)
		case *ast.CommClause:
			count(n.Comm != nil)
		case *ast.BinaryExpr:
			count(n.Op == token.LAND || n.Op == token.LOR)
		}
		return true
	})
	return paths
}

func checkLength(t *Tree) Report {
	var report Report
	for _, f := range t.Go() {
		if n := f.Lines(); n > fileLinesMax {
			report.add(Finding{Path: f.Path, Line: fileLinesMax, Text: sayTooMany("file", n, fileLinesMax, "lines")})
		}
	}
	for _, fn := range functions(t) {
		if fn.lines > functionLinesMax {
			report.add(t.at(fn.decl, fn.decl.Name.Name, "%s", sayTooMany(fn.decl.Name.Name, fn.lines, functionLinesMax, "lines")))
		}
	}
	return report
}

func checkCyclomatic(t *Tree) Report {
	var report Report
	for _, fn := range functions(t) {
		if fn.paths > cyclomaticMax {
			report.add(t.at(fn.decl, fn.decl.Name.Name, "%s", sayTooMany(fn.decl.Name.Name, fn.paths, cyclomaticMax, "paths")))
		}
	}
	return report
}
