package architecture

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"
)

// modulePath is the first element of every import of a package of the module.
const modulePath = "tenure"

// fileBytesMax bounds what is read of one file; anything larger is a binary or a recording, and no rule is about those.
const fileBytesMax = 2 << 20

// File is one text file of the tree.
type File struct {
	Path string    // from the root, with slashes
	Text string    // its whole content
	AST  *ast.File // nil unless it is a Go file that parses
}

// Test reports whether the file is compiled for tests only.
func (f File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Dir is the folder of the file from the root, "." for the root itself.
func (f File) Dir() string { return path.Dir(f.Path) }

// Lines is the number of lines, a last one without a line feed included.
func (f File) Lines() int {
	n := strings.Count(f.Text, "\n")
	if f.Text != "" && !strings.HasSuffix(f.Text, "\n") {
		n++
	}
	return n
}

// Tree is what the rules look at: the text files below one root, the Go files among them parsed.
type Tree struct {
	Fset   *token.FileSet
	Files  []File
	Broken []Finding // Go files that do not parse
}

// Load reads every text file below the root of fsys, except those that .gitignore names and those in .git.
// It walks instead of asking git, so that it works on an unpacked archive too and go test sees which files it read.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{Fset: token.NewFileSet()}
	ignored := readIgnored(fsys)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case name == ".git" && !d.IsDir(): // a linked worktree has a file there
			return nil
		case d.IsDir() && (d.Name() == ".git" || ignored.match(name)):
			return fs.SkipDir
		case d.IsDir() || !d.Type().IsRegular() || ignored.match(name):
			return nil
		}
		return t.add(fsys, name, d)
	})
	if err != nil {
		return nil, fmt.Errorf("architecture: read tree: %w", err)
	}
	return t, nil
}

func (t *Tree) add(fsys fs.FS, name string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Size() > fileBytesMax {
		return nil
	}
	raw, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if !utf8.Valid(raw) || strings.ContainsRune(string(raw), 0) {
		return nil
	}
	file := File{Path: name, Text: string(raw)}
	if strings.HasSuffix(name, ".go") && !underTestdata(name) {
		file.AST, err = parser.ParseFile(t.Fset, name, raw, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Broken = append(t.Broken, Finding{Path: name, Line: 1, Text: err.Error()})
			file.AST = nil
		}
	}
	t.Files = append(t.Files, file)
	return nil
}

func underTestdata(name string) bool {
	return strings.HasPrefix(name, "testdata/") || strings.Contains(name, "/testdata/")
}

// Go lists the parsed files, tests included.
func (t *Tree) Go() []File {
	var files []File
	for _, f := range t.Files {
		if f.AST != nil {
			files = append(files, f)
		}
	}
	return files
}

// Code lists the parsed files that are not tests.
func (t *Tree) Code() []File {
	var files []File
	for _, f := range t.Go() {
		if !f.Test() {
			files = append(files, f)
		}
	}
	return files
}

// CodeIn lists the parsed files that are not tests and lie in one of the folders.
func (t *Tree) CodeIn(folders ...string) []File {
	var files []File
	for _, f := range t.Code() {
		for _, folder := range folders {
			if f.Dir() == folder || strings.HasPrefix(f.Path, folder+"/") {
				files = append(files, f)
			}
		}
	}
	return files
}

// Named gives the file with this path; the second answer is false when there is none.
func (t *Tree) Named(name string) (File, bool) {
	for _, f := range t.Files {
		if f.Path == name {
			return f, true
		}
	}
	return File{}, false
}

// at makes a finding for the place of a node.
func (t *Tree) at(node ast.Node, symbol, format string, args ...any) Finding {
	pos := t.Fset.Position(node.Pos())
	return Finding{Path: pos.Filename, Line: pos.Line, Symbol: symbol, Text: fmt.Sprintf(format, args...)}
}

// ignoreList is the part of .gitignore's language that this project uses: "/path/" from the root, and a pattern on
// the last element of a path.
type ignoreList []string

func readIgnored(fsys fs.FS) ignoreList {
	raw, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil {
		return nil // none: nothing is ignored
	}
	var list ignoreList
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

func (l ignoreList) match(name string) bool {
	for _, pattern := range l {
		if anchored, ok := strings.CutPrefix(pattern, "/"); ok {
			if name == strings.TrimSuffix(anchored, "/") {
				return true
			}
			continue
		}
		if ok, err := path.Match(strings.TrimSuffix(pattern, "/"), path.Base(name)); err == nil && ok {
			return true
		}
	}
	return false
}
