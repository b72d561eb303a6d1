package doctest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// anyValue is what a page shows of a value that differs from run to run.
const anyValue = "…"

// compare returns how an output differs from the one that the page shows; nil when it does not.
func (b block) compare(got string) error {
	if b.json {
		return compareJSON(b.output, got)
	}
	return compareText(b.output, got)
}

func compareJSON(wanted, output string) error {
	var want, got any
	if err := json.Unmarshal([]byte(wanted), &want); err != nil {
		return fmt.Errorf("the page's output is no JSON: %w", err)
	}
	if err := json.Unmarshal([]byte(output), &got); err != nil {
		return fmt.Errorf("the output is no JSON: %w", err)
	}
	if got = blank(want, got); !reflect.DeepEqual(want, got) {
		return fmt.Errorf("want %s\n got %s", oneLine(want), oneLine(got))
	}
	return nil
}

func oneLine(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// blank puts the sign for any value where the page has it.
func blank(want, got any) any {
	if want == anyValue {
		return anyValue
	}
	switch got := got.(type) {
	case map[string]any:
		if want, ok := want.(map[string]any); ok {
			for name := range got {
				got[name] = blank(want[name], got[name])
			}
		}
	case []any:
		if want, ok := want.([]any); ok && len(want) == len(got) {
			for i := range got {
				got[i] = blank(want[i], got[i])
			}
		}
	}
	return got
}

// compareText compares lines; one that is the sign alone matches any number of them.
func compareText(wanted, output string) error {
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for line := range strings.Lines(strings.TrimSpace(wanted)) {
		if line = plain(line); line == anyValue {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		pattern.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), anyValue, `.*?`) + `\n`)
	}
	pattern.WriteString(`\z`)
	var got strings.Builder
	for line := range strings.Lines(strings.TrimSpace(output)) {
		got.WriteString(plain(line) + "\n")
	}
	if !regexp.MustCompile(pattern.String()).MatchString(got.String()) {
		return fmt.Errorf("want\n%s\ngot\n%s", wanted, output)
	}
	return nil
}

// plain is a line with single spaces.
func plain(line string) string { return strings.Join(strings.Fields(line), " ") }
