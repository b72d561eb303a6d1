package architecture

import (
	"go/ast"
	"strings"
)

// programCommand is a function of the program that makes a command.
type programCommand struct {
	node     ast.Node
	path     string   // the file
	verb     string   // the first word of Use
	children []string // functions whose commands are added to it
	literals int      // commands that the function makes
}

// checkProgramFile wants each command of the program in <noun>_<verb>.go, a noun in <noun>.go.
func checkProgramFile(t *Tree) Report {
	var report Report
	commands := programCommands(t)
	parents := map[string]string{}
	for name, c := range commands {
		for _, child := range c.children {
			parents[child] = name
		}
	}
	if len(parents) == 0 {
		report.skip("%s has no commands yet", programPackage)
		return report
	}
	for name, c := range commands {
		if c.literals > 1 {
			report.add(t.at(c.node, name, "%s makes %d commands: each has its function and its file", name, c.literals))
		}
		want := programPackage + "/" + commandFile(name, commands, parents)
		if c.path != want {
			report.add(t.at(c.node, name, "%s belongs into %s", name, want))
		}
	}
	return report
}

// commandFile joins the verbs from below the root down to a command; the root itself is in root.go.
func commandFile(name string, commands map[string]programCommand, parents map[string]string) string {
	var words []string
	for range len(commands) {
		parent, ok := parents[name]
		if !ok {
			break
		}
		words = append([]string{commands[name].verb}, words...)
		name = parent
	}
	if len(words) == 0 {
		return "root.go"
	}
	return strings.ReplaceAll(strings.Join(words, "_"), "-", "_") + ".go"
}

func programCommands(t *Tree) map[string]programCommand {
	commands := map[string]programCommand{}
	for _, f := range t.Code() {
		if f.Dir() != programPackage {
			continue
		}
		for _, decl := range f.AST.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if c := commandMadeBy(fn); c.literals > 0 {
				c.path = f.Path
				commands[fn.Name.Name] = c
			}
		}
	}
	return commands
}

func commandMadeBy(fn *ast.FuncDecl) programCommand {
	c := programCommand{node: fn}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if use, ok := useOf(n); ok {
				c.literals++
				if c.verb == "" {
					c.verb, _, _ = strings.Cut(use, " ")
				}
			}
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "AddCommand" {
				c.children = append(c.children, calledIn(n.Args)...)
			}
		}
		return true
	})
	return c
}

// useOf gives the Use of a cobra.Command literal.
func useOf(lit *ast.CompositeLit) (string, bool) {
	if name, ok := selected(lit.Type, "cobra"); !ok || name != "Command" {
		return "", false
	}
	for _, element := range lit.Elts {
		entry, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := entry.Key.(*ast.Ident); ok && key.Name == "Use" {
			return stringLiteral(entry.Value)
		}
	}
	return "", false
}

// calledIn names the functions and methods that arguments are the results of.
func calledIn(args []ast.Expr) (names []string) {
	for _, arg := range args {
		call, ok := arg.(*ast.CallExpr)
		if !ok {
			continue
		}
		switch fun := call.Fun.(type) {
		case *ast.Ident:
			names = append(names, fun.Name)
		case *ast.SelectorExpr:
			names = append(names, fun.Sel.Name)
		}
	}
	return names
}
