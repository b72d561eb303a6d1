package doctest

import (
	"os"
	"regexp"
)

// block is a part of the session, and the output that the page shows, if any.
type block struct {
	script string
	output string
	json   bool
}

// fences finds the blocks of a page.
var fences = regexp.MustCompile("(?ms)^```(sh|json|text)\n(.*?)^```$")

// blocksOf reads a page. An output before the first part of the session belongs to nothing and is left out.
func blocksOf(path string) ([]block, error) {
	page, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var blocks []block
	for _, m := range fences.FindAllSubmatch(page, -1) {
		switch kind := string(m[1]); {
		case kind == "sh":
			blocks = append(blocks, block{script: string(m[2])})
		case len(blocks) > 0:
			last := &blocks[len(blocks)-1]
			last.output, last.json = string(m[2]), kind == "json"
		}
	}
	return blocks, nil
}
