package architecture

import (
	"go/ast"
	"regexp"
)

// commandsFile registers the commands of package domain by their wire names.
const commandsFile = "domain/command.go"

// commandName is a command's name on the wire: subject, verb, version.
var commandName = regexp.MustCompile(`^([a-z]+)\.([a-z_]+)\.v[0-9]+$`)

// checkWireFile wants each command in the file that its wire name leads to, and no other command beside it.
func checkWireFile(t *Tree) Report {
	var report Report
	commands := registeredCommands(t)
	if len(commands) == 0 {
		report.skip("%s registers no command yet", commandsFile)
		return report
	}
	declared := declaredTypes(t, "domain")
	for _, c := range commands {
		match := commandName.FindStringSubmatch(c.wire)
		if match == nil {
			report.add(t.at(c.node, c.wire, "%s is no <subject>.<verb>.v<number>", c.wire))
			continue
		}
		want := "domain/" + match[1] + "_" + match[2] + ".go"
		if got := declared[c.typeName]; got != want {
			report.add(t.at(c.node, c.wire, "%s belongs into %s, where its wire name leads; it is in %q", c.typeName, want, got))
		}
	}
	return report
}

// registeredCommand is one line of the table of commands.
type registeredCommand struct {
	node           ast.Node
	wire, typeName string
}

// registeredCommands reads the entries whose key is a text and whose value is a literal of a type, or the address of
// one.
func registeredCommands(t *Tree) (found []registeredCommand) {
	file, ok := t.Named(commandsFile)
	if !ok || file.AST == nil {
		return nil
	}
	ast.Inspect(file.AST, func(n ast.Node) bool {
		entry, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		wire, ok := stringLiteral(entry.Key)
		if name := literalType(entry.Value); ok && name != "" {
			found = append(found, registeredCommand{node: entry, wire: wire, typeName: name})
		}
		return true
	})
	return found
}

// literalType is the name of the type of T{} and &T{}, empty for anything else.
func literalType(e ast.Expr) string {
	if address, ok := e.(*ast.UnaryExpr); ok {
		e = address.X
	}
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return ""
	}
	name, ok := lit.Type.(*ast.Ident)
	if !ok {
		return ""
	}
	return name.Name
}

// declaredTypes gives for each type of a package's code the path of its file.
func declaredTypes(t *Tree, dir string) map[string]string {
	declared := map[string]string{}
	for _, f := range t.Code() {
		if f.Dir() != dir {
			continue
		}
		for _, decl := range f.AST.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range group.Specs {
				if spec, ok := spec.(*ast.TypeSpec); ok {
					declared[spec.Name.Name] = f.Path
				}
			}
		}
	}
	return declared
}
