package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tenure/internal/table"
)

// print writes a result on stdout: the value as JSON, or the table.
func (p *program) print(value any, t *table.Table) error {
	if p.json {
		return p.printJSON(value)
	}
	t.Write(p.out, "")
	return nil
}

func (p *program) printJSON(value any) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// say writes progress on stderr.
func (p *program) say(format string, args ...any) { _, _ = fmt.Fprintf(p.err, format+"\n", args...) }

// sortedKeys gives the keys of a map in order, so that the same result prints the same.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
