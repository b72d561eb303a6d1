package architecture

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// storeMarker is in a migration on a line above the CREATE TABLE whose statements belong to internal/store.
const storeMarker = "-- owner: store"

// storePackages hold SQL on the store's tables.
var storePackages = []string{"internal/store", "internal/audit", "migrations"}

var createTable = regexp.MustCompile(
	`(?i)^\s*CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([a-z_][a-z0-9_]*)"?`,
)

// storeTables lists the tables of the migrations that carry the marker.
func storeTables(t *Tree) []string {
	var tables []string
	for _, f := range t.Files {
		if topFolder(f.Path) != "migrations" || !strings.HasSuffix(f.Path, ".sql") {
			continue
		}
		tables = append(tables, markedTables(f.Text)...)
	}
	return tables
}

// markedTables lists the tables of one migration. Between the marker and its table are comments only.
func markedTables(sql string) (tables []string) {
	marked := false
	for line := range strings.Lines(sql) {
		line = strings.TrimSpace(line)
		if match := createTable.FindStringSubmatch(line); match != nil && marked {
			tables = append(tables, match[1])
		}
		comment := line == "" || strings.HasPrefix(line, "--")
		marked = line == storeMarker || marked && comment
	}
	return tables
}

// statementOn matches SQL that reads or writes one of the tables: the verb and the table's place after it, so that a
// sentence with the same words does not match.
func statementOn(tables []string) *regexp.Regexp {
	quoted := make([]string, len(tables))
	for i, table := range tables {
		quoted[i] = regexp.QuoteMeta(table)
	}
	table := `(?:[a-z_]+\.)?"?(` + strings.Join(quoted, "|") + `)"?`
	return regexp.MustCompile(`(?is)\b(?:` +
		`select\b.*\b(?:from|join)\s+(?:only\s+)?` + table + `(?:\W|$)` +
		`|insert\s+into\s+` + table + `(?:\W|$)` +
		`|update\s+(?:only\s+)?` + table + `(?:\s+(?:as\s+)?[a-z_]+)?\s+set\b` +
		`|delete\s+from\s+(?:only\s+)?` + table + `(?:\W|$)` +
		`|(?:truncate|copy|lock\s+table|truncate\s+table|alter\s+table|drop\s+table)\s+` + table + `(?:\W|$))`)
}

// checkEventSQL covers code and loose .sql files. Tests may look into the tables, and some of them must damage a row to
// see it noticed.
func checkEventSQL(t *Tree) Report {
	var report Report
	tables := storeTables(t)
	if len(tables) == 0 {
		report.skip("no table of the migrations is marked %q yet", storeMarker)
		return report
	}
	statement := statementOn(tables)
	for _, f := range t.Files {
		if mayTouchEvents(f) {
			continue
		}
		if strings.HasSuffix(f.Path, ".sql") && statement.MatchString(f.Text) {
			report.add(Finding{Path: f.Path, Line: 1, Text: "SQL on the store's tables: it belongs into internal/store"})
		}
	}
	for _, f := range t.Go() {
		if mayTouchEvents(f) {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if text, ok := stringLiteral(n); ok && statement.MatchString(text) {
				report.add(t.at(n, "", "SQL on a table of the store: call or add a function in internal/store"))
			}
			if table := copiedTable(n); slices.Contains(tables, table) {
				report.add(t.at(n, "", "copies into table %s of the store: call or add a function in internal/store", table))
			}
			return true
		})
	}
	return report
}

// mayTouchEvents reports whether a file may hold SQL on the store's tables.
func mayTouchEvents(f File) bool {
	return f.Test() || underTestdata(f.Path) ||
		slices.ContainsFunc(storePackages, func(r string) bool { return below(f.Path, r) })
}

func stringLiteral(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// copiedTable gives the last name of a pgx.Identifier literal, the table that COPY writes.
func copiedTable(n ast.Node) string {
	lit, ok := n.(*ast.CompositeLit)
	if !ok || len(lit.Elts) == 0 {
		return ""
	}
	sel, ok := lit.Type.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Identifier" {
		return ""
	}
	text, _ := stringLiteral(lit.Elts[len(lit.Elts)-1])
	return text
}
