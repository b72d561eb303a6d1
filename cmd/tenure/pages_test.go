package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inline is a command named in a sentence of a page.
var inline = regexp.MustCompile("`tenure ([^`]+)`")

// TestPages_NameCommandsThatExist holds commands in sentences, which no session plays, to what the program takes: the
// command exists, and so do its flags.
func TestPages_NameCommandsThatExist(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		page, err := os.ReadFile(path)
		for _, m := range inline.FindAllStringSubmatch(string(page), -1) {
			for _, unknown := range unknownIn(m[1]) {
				t.Errorf("%s: tenure %s: there is no %s", path, m[1], unknown)
			}
		}
		return err
	}))
}

// unknownIn returns the words of a command line that the program does not take: its command, or flags.
func unknownIn(line string) (unknown []string) {
	if strings.HasPrefix(line, "help") {
		return nil // a topic of the help
	}
	words := arguments(strings.NewReplacer("\n", " ", "…", "x", "[", "", "]", "").Replace(line))
	p := &program{}
	command, rest, err := p.root().Find(words)
	if err != nil || command.Name() == "tenure" {
		return words[:1]
	}
	for _, word := range rest {
		name, flag := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		if flag && command.Flag(name) == nil && command.InheritedFlags().Lookup(name) == nil {
			unknown = append(unknown, word)
		}
	}
	return unknown
}
