package architecture

import (
	"go/ast"
	"path"
	"slices"
)

// documented counts the exported names that were looked at and lists those without a comment.
type documented struct {
	tree    *Tree
	names   int
	missing []Finding
}

func checkDocumented(t *Tree) Report { return Report{Findings: measureDocs(t).missing} }

// measureDocs looks at functions, methods of exported types, types, the methods of exported interfaces, constants and
// variables. The comment of a group counts for its constants and variables. Fields are left to the reader: many need
// none beside the type's comment.
func measureDocs(t *Tree) documented {
	d := documented{tree: t}
	for _, f := range t.Code() {
		for _, decl := range f.AST.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				d.function(decl)
			case *ast.GenDecl:
				d.group(decl)
			}
		}
	}
	return d
}

func (d *documented) see(name *ast.Ident, kind string, comments ...*ast.CommentGroup) {
	if !name.IsExported() {
		return
	}
	d.names++
	if slices.ContainsFunc(comments, speaks) {
		return
	}
	d.missing = append(d.missing, d.tree.at(name, name.Name, "%s %s has no doc comment", kind, name.Name))
}

func (d *documented) function(decl *ast.FuncDecl) {
	if decl.Recv != nil && !ast.IsExported(receiverName(decl)) {
		return
	}
	d.see(decl.Name, "func", decl.Doc)
}

func (d *documented) group(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if !decl.Lparen.IsValid() {
				doc = decl.Doc // the comment of a group says nothing about one type in it
			}
			d.see(spec.Name, "type", doc, spec.Comment)
			d.interfaceMethods(spec)
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				d.see(name, decl.Tok.String(), decl.Doc, spec.Doc, spec.Comment)
			}
		}
	}
}

func (d *documented) interfaceMethods(spec *ast.TypeSpec) {
	face, ok := spec.Type.(*ast.InterfaceType)
	if !ok || !spec.Name.IsExported() {
		return
	}
	for _, method := range face.Methods.List {
		for _, name := range method.Names {
			d.see(name, "method", method.Doc, method.Comment)
		}
	}
}

// receiverName is the name of the type a method belongs to, empty for a function.
func receiverName(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return ""
	}
	expr := decl.Recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.IndexListExpr:
			expr = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// checkPackageDoc wants the package's comment in doc.go and nowhere else, so that a reader knows where it is. A folder
// that holds tests only needs none.
func checkPackageDoc(t *Tree) Report {
	var report Report
	names := map[string]string{} // of packages, by folder
	documented := map[string]bool{}
	for _, f := range t.Code() {
		names[f.Dir()] = f.AST.Name.Name
		switch {
		case !speaks(f.AST.Doc):
		case path.Base(f.Path) == "doc.go":
			documented[f.Dir()] = true
		default:
			report.add(t.at(f.AST.Doc, "", "the package's comment belongs into doc.go"))
		}
	}
	for dir, name := range names {
		if !documented[dir] {
			report.add(Finding{Path: path.Join(dir, "doc.go"), Line: 1, Symbol: name,
				Text: "package " + name + " has no doc.go that says what it owns and what it does not"})
		}
	}
	return report
}

// speaks reports whether a comment is there and holds more than directives such as //go:build.
func speaks(c *ast.CommentGroup) bool { return c != nil && c.Text() != "" }
