package architecture

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// checkDeadExport finds exported names that no other package uses, tests included: they can be private. A group of
// constants or variables counts as a whole, since a list of values is exported for its sense. So do types that another
// exported declaration mentions, and commands, which go by their wire names. Methods and fields are left to deadcode
// and to the reader: syntax does not say whose they are.
func checkDeadExport(t *Tree) Report {
	var report Report
	used := usedFromOutside(t)
	for _, c := range registeredCommands(t) {
		used["domain."+c.typeName] = true
	}
	for dir, files := range libraryFiles(t) {
		spoken := namesSpoken(files)
		for _, f := range files {
			for _, group := range exportedIn(f) {
				if slices.ContainsFunc(group, func(name *ast.Ident) bool { return used[dir+"."+name.Name] || spoken[name.Name] }) {
					continue
				}
				for _, name := range group {
					report.add(t.at(name, name.Name, "%s is used by no other package: make it private, or remove it", name.Name))
				}
			}
		}
	}
	return report
}

// libraryFiles groups the code by folder, programs left out: nothing can import them.
func libraryFiles(t *Tree) map[string][]File {
	packages := map[string][]File{}
	for _, f := range t.Code() {
		if f.AST.Name.Name != "main" {
			packages[f.Dir()] = append(packages[f.Dir()], f)
		}
	}
	return packages
}

// usedFromOutside lists folder.Name for each selection of a name from an imported package of the module.
func usedFromOutside(t *Tree) map[string]bool {
	used := map[string]bool{}
	for _, f := range t.Go() {
		imports := map[string]string{} // folder, by local name
		for _, spec := range f.AST.Imports {
			dir, ok := strings.CutPrefix(importPath(spec), modulePath+"/")
			if !ok {
				continue
			}
			local := path.Base(dir)
			if spec.Name != nil {
				local = spec.Name.Name
			}
			imports[local] = dir
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if id, ok := sel.X.(*ast.Ident); ok && imports[id.Name] != "" {
					used[imports[id.Name]+"."+sel.Sel.Name] = true
				}
			}
			return true
		})
	}
	return used
}

// exportedIn lists the exported functions, types, constants and variables of a file: alone, or those of one group of
// constants or variables together.
func exportedIn(f File) (groups [][]*ast.Ident) {
	for _, decl := range f.AST.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil && decl.Name.IsExported() {
				groups = append(groups, []*ast.Ident{decl.Name})
			}
		case *ast.GenDecl:
			groups = append(groups, exportedOf(decl)...)
		}
	}
	return groups
}

func exportedOf(decl *ast.GenDecl) (groups [][]*ast.Ident) {
	var values []*ast.Ident
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				groups = append(groups, []*ast.Ident{spec.Name})
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() {
					values = append(values, name)
				}
			}
		}
	}
	return append(groups, values)
}

// namesSpoken lists the types that signatures, fields and values of exported declarations mention: whoever uses those
// holds values of them without naming them.
func namesSpoken(files []File) map[string]bool {
	spoken := map[string]bool{}
	speak := func(n ast.Node) {
		if n == nil {
			return
		}
		ast.Inspect(n, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && id.IsExported() {
				spoken[id.Name] = true
			}
			return true
		})
	}
	for _, f := range files {
		for _, decl := range f.AST.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Name.IsExported() {
					speak(decl.Type)
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					speakOfSpec(spec, speak)
				}
			}
		}
	}
	return spoken
}

// speakOfSpec goes over what a type is made of, and over the type of a constant or variable.
func speakOfSpec(spec ast.Spec, speak func(ast.Node)) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() {
			speak(spec.Type)
		}
	case *ast.ValueSpec:
		if spec.Type != nil && spec.Names[0].IsExported() {
			speak(spec.Type)
		}
	}
}
