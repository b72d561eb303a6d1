package architecture

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// logKeysFile declares the keys that a log line may carry, as constants named Key….
const logKeysFile = "internal/telemetry/log.go"

// logMethods are those of a *slog.Logger whose arguments after the message are keys and values in turn.
var logMethods = map[string]int{ // method -> place of its first key
	"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "With": 0,
	"DebugContext": 2, "InfoContext": 2, "WarnContext": 2, "ErrorContext": 2,
}

// attrMakers are the functions of package slog that take a key first.
var attrMakers = []string{"Any", "Bool", "Duration", "Float64", "Int", "Int64", "String", "Time", "Uint64"}

// logKeys lists the declared keys, empty while there are none.
func logKeys(t *Tree) []string {
	file, ok := t.Named(logKeysFile)
	if !ok || file.AST == nil {
		return nil
	}
	var keys []string
	ast.Inspect(file.AST, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Key") {
			return true
		}
		if key, ok := stringLiteral(spec.Values[0]); ok {
			keys = append(keys, key)
		}
		return true
	})
	return keys
}

// checkLogKey looks at keys written as literals: the logger drops the value of a key it does not know, and whoever
// wrote it would find out in a bad night.
func checkLogKey(t *Tree) Report {
	var report Report
	allowed := logKeys(t)
	if len(allowed) == 0 {
		report.skip("%s declares no key yet", logKeysFile)
		return report
	}
	for _, f := range t.Code() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, lit := range keysIn(call, localName(f.AST, "log/slog")) {
				if key, _ := stringLiteral(lit); !slices.Contains(allowed, key) {
					report.add(t.at(lit, key, "log key %q is not declared in %s: its value would be dropped", key, logKeysFile))
				}
			}
			return true
		})
	}
	return report
}

// keysIn gives the literal keys of a call that logs or makes an attribute. Error and With have other meanings on other
// types; there, the place of a key rarely holds a literal with a value behind it.
func keysIn(call *ast.CallExpr, slogName string) []ast.Expr {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	if maker, ok := selected(sel, slogName); ok && slices.Contains(attrMakers, maker) {
		return literals(call.Args[:min(1, len(call.Args))])
	}
	first, ok := logMethods[sel.Sel.Name]
	if !ok || len(call.Args) < first+2 {
		return nil
	}
	return pairedKeys(call.Args[first:])
}

// pairedKeys gives the literal keys among keys and values in turn. A literal in the last place has no value: it is
// none.
func pairedKeys(args []ast.Expr) (keys []ast.Expr) {
	for i := 0; i+1 < len(args); i++ {
		lit := literals(args[i : i+1])
		keys = append(keys, lit...)
		if len(lit) == 1 || isKeyName(args[i]) {
			i++ // its value
		}
	}
	return keys
}

// isKeyName recognises a declared key by its name; anything else in its place is an attribute.
func isKeyName(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return strings.HasPrefix(e.Name, "Key")
	case *ast.SelectorExpr:
		return strings.HasPrefix(e.Sel.Name, "Key")
	}
	return false
}

func literals(exprs []ast.Expr) []ast.Expr {
	var found []ast.Expr
	for _, e := range exprs {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			found = append(found, lit)
		}
	}
	return found
}
