package architecture

import "strings"

// elevenFiles is a package large enough to need a map: doc.go with the given map, a.go, and nine files f_1.go to
// f_9.go.
func elevenFiles(doc string) map[string]string {
	files := map[string]string{"p/doc.go": "// Package p is.\n//\n// " + doc + "\npackage p\n", "p/a.go": "package p\n"}
	for i := range 9 {
		files["p/f_"+string(rune('1'+i))+".go"] = "package p\n"
	}
	return files
}

// placeRows show the rules that lead a reader to the place of a thing.
func placeRows() []row {
	const table = "package domain\nvar commands = map[string]Command{\n\"cat.feed.v1\": Feed{},\n\"cat.let_out.v2\": " +
		"&LetOut{},\n}\n"
	const root = "package main\nfunc (p *program) root() *cobra.Command {\n root := &cobra.Command{Use: \"tenure\"}\n " +
		"root.AddCommand(p.cat())\n return root\n}\n"
	const cat = "package main\nfunc (p *program) cat() *cobra.Command {\n cat := &cobra.Command{Use: \"cat\"}\n " +
		"cat.AddCommand(p.catFeed(), letOut())\n return cat\n}\n"
	const feed = "package main\nfunc (p *program) catFeed() *cobra.Command { return &cobra.Command{Use: \"feed NAME\"} }\n"
	const letOut = "package main\nfunc letOut() *cobra.Command { return &cobra.Command{Use: \"let-out\"} }\n"
	return []row{
		{"a command in another file than its wire name says is reported", "wire-file", map[string]string{
			commandsFile: table, "domain/cat_feed.go": "package domain\ntype Feed struct{}\n",
			"domain/out.go": "package domain\ntype LetOut struct{}\n",
		}, []string{commandsFile + ":4"}},
		{"each command in the file of its wire name is in order", "wire-file", map[string]string{
			commandsFile: table, "domain/cat_feed.go": "package domain\ntype Feed struct{}\n",
			"domain/cat_let_out.go": "package domain\ntype LetOut struct{}\n",
		}, nil},
		{"a command of the program in another file is reported", "program-file", map[string]string{
			"cmd/tenure/root.go": root, "cmd/tenure/cats.go": cat, "cmd/tenure/cat_feed.go": feed,
			"cmd/tenure/cat_let_out.go": letOut,
		}, []string{"cmd/tenure/cats.go:2"}},
		{"two commands in one function are reported", "program-file", map[string]string{
			"cmd/tenure/root.go": root,
			"cmd/tenure/cat.go": "package main\nfunc (p *program) cat() *cobra.Command {\n a, b := cobra.Command{Use: " +
				"\"cat\"}, cobra.Command{Use: \"feed\"}\n}\n",
		}, []string{"cmd/tenure/cat.go:2"}},
		{"a noun, its verbs and the root in their files are in order", "program-file", map[string]string{
			"cmd/tenure/root.go": root, "cmd/tenure/cat.go": cat, "cmd/tenure/cat_feed.go": feed,
			"cmd/tenure/cat_let_out.go": letOut}, nil},
		{"a file that the map does not name is reported", "doc-map", elevenFiles("a.go, f_1.go to f_9.go"),
			strings.Fields(strings.Repeat("p/doc.go:1 ", 7))},
		{"a file named twice and one that is not there are reported", "doc-map", elevenFiles("a.go, a.go, b.go, f_*.go"),
			[]string{"p/doc.go:1", "p/doc.go:1"}},
		{"a pattern for one file is reported", "doc-map", elevenFiles("a.go, a_*.go, f_*.go"), []string{"p/doc.go:1"}},
		{"a map with a pattern and an exact name below it is in order", "doc-map", elevenFiles("a.go, f_1.go, f_*.go"), nil},
		{"a small package needs no map", "doc-map", map[string]string{"p/doc.go": "// Package p is.\npackage p\n",
			"p/a.go": "package p\n"}, nil},
		{"an import inside internal that the table does not have is reported", "internal-imports", map[string]string{
			"internal/store/a.go": "package store\nimport _ \"tenure/internal/node\"\n"}, []string{"internal/store/a.go:2"}},
		{"the product may not import what is for tests, and its tests may", "internal-imports", map[string]string{
			"cmd/tenure/a.go":          "package main\nimport _ \"tenure/internal/test/database\"\n",
			"internal/store/a_test.go": "package store\nimport _ \"tenure/internal/test/database\"\n",
			"internal/test/x/a.go":     "package x\nimport _ \"tenure/internal/node\"\n",
		}, []string{"cmd/tenure/a.go:2"}},
		{"a place that does not exist is reported, in comments and pages", "references", map[string]string{
			"internal/a/a.go": "package a\n// See internal/b, and internal/a/a.go, and internal/a.\n",
			"domain/a.go":     "package domain\n",
			"README.md":       "`domain/a.go`, `domain/b.go`, `data/connection.json`\n",
		}, []string{"README.md:1", "internal/a/a.go:2"}},
		{"an exported name that is used inside only is reported", "dead-export", map[string]string{
			"a/a.go": "package a\nfunc Used() {}\nfunc Unused() {}\ntype Lone int\nvar x Lone\n",
			"b/b.go": "package b\nimport other \"tenure/a\"\nvar x = other.Used\n",
		}, []string{"a/a.go:3", "a/a.go:4"}},
		{"a list of values counts as a whole, and what a signature mentions is used", "dead-export", map[string]string{
			"a/a.go":      "package a\nconst (\nOne = 1\nTwo = 2\n)\ntype Result int\nfunc Used() Result { return 0 }\n",
			"b/b_test.go": "package b\nimport \"tenure/a\"\nvar x, y = a.One, a.Used\n",
		}, nil},
	}
}

// textRows show the rules about lines, words and lists of parameters.
func textRows() []row {
	refused := "sh" + "e"
	return []row{
		{
			"six parameters are reported, a context not counted",
			"parameters",
			map[string]string{
				"a/a.go": "package a\nfunc f(ctx context.Context, a, b, c, d, e int) {}\nfunc g(a, b, c, d int, e, f string) " +
					"{}\nfunc h(t *testing.T, a, b, c, d, e int) {}\n",
			},
			[]string{"a/a.go:3"},
		},
		{"a refused word is reported in text and in names", "plain-words", map[string]string{
			"a.md": "Does " + refused + " work?\n", "a/a.go": "package a\nfunc has" + "Sh" + "e() {}\n// ashes, shed\n",
			"x.json": refused,
		}, []string{"a.md:1", "a/a.go:2"}},
		{"a refused phrase is reported across punctuation of its words", "plain-words", map[string]string{
			"migrations/1.sql": "-- the outcome\n-- What became" + " of it\n"}, []string{"migrations/1.sql:2"}},
	}
}
