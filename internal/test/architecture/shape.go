package architecture

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// The caps are what the tree has reached. Tests have higher ones where a table of sentences is one function and one
// file.
const (
	functionLinesMax     = 50  // a screen: beyond it a function is not read in one go
	testFunctionLinesMax = 90  // a table with its rows
	fileLinesMax         = 300 // one idea to a file
	testFileLinesMax     = 360 // and its rows
	cyclomaticMax        = 12  // as many paths as a reader can keep apart
	parametersMax        = 5   // beyond it two of the same type are confused: a struct names them
	lineCharsMax         = 120 // two files beside each other on one screen
	testLineCharsMax     = 160 // a row of a test is a sentence, and stays on one line
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
		limit := fileLinesMax
		if f.Test() {
			limit = testFileLinesMax
		}
		if n := f.Lines(); n > limit {
			report.add(Finding{Path: f.Path, Line: limit, Text: sayTooMany("file", n, limit, "lines")})
		}
	}
	for _, fn := range functions(t) {
		limit := functionLinesMax
		if fn.test {
			limit = testFunctionLinesMax
		}
		if name := fn.decl.Name.Name; fn.lines > limit {
			report.add(t.at(fn.decl, name, "%s", sayTooMany(name, fn.lines, limit, "lines")))
		}
	}
	return report
}

func checkCyclomatic(t *Tree) Report {
	var report Report
	for _, fn := range functions(t) {
		if fn.paths > cyclomaticMax {
			name := fn.decl.Name.Name
			report.add(t.at(fn.decl, name, "%s", sayTooMany(name, fn.paths, cyclomaticMax, "paths")))
		}
	}
	return report
}

// checkParameters counts the parameters of declared functions, without receivers, contexts and *testing.T: those come
// first everywhere and are confused with nothing.
func checkParameters(t *Tree) Report {
	var report Report
	for _, fn := range functions(t) {
		if n := parameters(fn.decl); n > parametersMax {
			name := fn.decl.Name.Name
			report.add(t.at(fn.decl, name, "%s has %d parameters, more than %d: name them in a struct", name, n, parametersMax))
		}
	}
	return report
}

func parameters(fn *ast.FuncDecl) int {
	n := 0
	for _, field := range fn.Type.Params.List {
		if !comesFirst(field.Type) {
			n += max(1, len(field.Names))
		}
	}
	return n
}

// comesFirst reports whether a type is context.Context or one of testing's.
func comesFirst(e ast.Expr) bool {
	if name, ok := selected(e, "context"); ok && name == "Context" {
		return true
	}
	_, ok := selected(e, "testing")
	return ok
}

// quotedText is a text on one line.
var quotedText = regexp.MustCompile("\"(?:\\\\.|[^\"\\\\])*\"|`[^`]*`")

// checkLineLength reads Go and SQL, a tab counting as one character. Texts do not count, and neither do the lines of
// one that goes over several: a message or a statement is not broken where its reader would not break it.
func checkLineLength(t *Tree) Report {
	var report Report
	for _, f := range t.Files {
		if ext := path.Ext(f.Path); ext != ".go" && ext != ".sql" || underTestdata(f.Path) {
			continue
		}
		texts := linesOfTexts(t, f)
		number := 0
		for line := range strings.Lines(f.Text) {
			number++
			limit, n := lineLength(f, strings.TrimRight(line, "\n"))
			if n > limit && !texts[number] {
				report.add(Finding{Path: f.Path, Line: number, Text: sayTooMany("line", n, limit, "characters")})
			}
		}
	}
	return report
}

// lineLength gives the bound of a line and what counts of it.
func lineLength(f File, line string) (limit, n int) {
	comment := strings.HasPrefix(strings.TrimSpace(line), "//")
	if path.Ext(f.Path) == ".go" && !comment && utf8.RuneCountInString(line) > lineCharsMax {
		line = quotedText.ReplaceAllString(line, `""`)
	}
	if f.Test() && !comment {
		return testLineCharsMax, utf8.RuneCountInString(line)
	}
	return lineCharsMax, utf8.RuneCountInString(line)
}

// linesOfTexts lists the lines that a text of several lines covers.
func linesOfTexts(t *Tree, f File) map[int]bool {
	lines := map[int]bool{}
	if f.AST == nil {
		return lines
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		from, to := t.Fset.Position(lit.Pos()).Line, t.Fset.Position(lit.End()).Line
		for line := from; from < to && line <= to; line++ {
			lines[line] = true
		}
		return true
	})
	return lines
}
