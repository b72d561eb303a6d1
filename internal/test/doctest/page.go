package doctest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// block is a part of the session, and the output that the page shows, if any.
type block struct {
	script string
	output string
	json   bool
}

// fences finds the blocks of a page, each with its kind, and the words beside it.
var fences = regexp.MustCompile("(?ms)^```(sh|json|text)([^\n]*)\n(.*?)^```$")

// needs is the word before the programs that a part needs.
const needs = "needs "

// blocksOf reads a page's session. An output before its first part, or after a part of another session, belongs to
// nothing and is left out.
func blocksOf(path string) ([]block, error) {
	page, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var blocks []block
	other := false
	for _, m := range fences.FindAllSubmatch(page, -1) {
		kind, words, text := string(m[1]), strings.TrimSpace(string(m[2])), string(m[3])
		tools, optional := strings.CutPrefix(words, needs)
		switch {
		case kind == "sh":
			if other = words != "" && !optional; other {
				continue
			}
			if optional {
				text = where(strings.Fields(tools), text)
			}
			blocks = append(blocks, block{script: text})
		case len(blocks) > 0 && !other:
			last := &blocks[len(blocks)-1]
			last.output, last.json = text, kind == "json"
		}
	}
	return blocks, nil
}

// where is a script that runs only on a machine that has the programs.
func where(tools []string, script string) string {
	all := strings.Join(tools, " >/dev/null && command -v ")
	return fmt.Sprintf("if command -v %s >/dev/null; then\n%sfi\n", all, script)
}

// Lines returns the lines of a page's parts that stand beside its session under a name, for the test that plays them.
func Lines(path, name string) ([]string, error) {
	page, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, m := range fences.FindAllSubmatch(page, -1) {
		if string(m[1]) == "sh" && strings.TrimSpace(string(m[2])) == name {
			lines = append(lines, strings.Split(strings.TrimSpace(string(m[3])), "\n")...)
		}
	}
	return lines, nil
}
