package telemetry

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The words of PromQL that our expressions use. Any other function is refused, so that a misspelt one is found.
var (
	promFunctions = []string{
		"abs", "absent", "avg", "clamp_min", "count", "histogram_quantile", "increase", "max", "min", "min_over_time",
		"rate", "sum", "time", "vector",
	}
	promGroupings = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
	promWords     = []string{"and", "or", "unless", "bool", "offset"}
	// promOuter are the labels that scraping adds.
	promOuter = []string{"instance", "job", "namespace", "pod"}
)

// promToken cuts an expression: texts, ranges, words, numbers with a unit, comparisons, and single signs.
var promToken = regexp.MustCompile(
	`"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[A-Za-z_:][A-Za-z0-9_:]*|[0-9][0-9a-z.]*|=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},]|\S`)

// promRange is what may stand in the brackets of a range.
var promRange = regexp.MustCompile(`^\[([0-9]+[smhd]|\$__rate_interval|\$__range)\]$`)

// query is what an expression asks for.
type query struct {
	metrics []string
	labels  []string // of matchers and groupings
}

// parseQuery reads an expression as far as the names in it matter.
func parseQuery(expr string) (q query, err error) {
	tokens := promToken.FindAllString(expr, -1)
	var open []string // brackets, and what kind of list each is
	for i, token := range tokens {
		next, inside := at(tokens, i+1), at(open, len(open)-1)
		switch token {
		case "(", "{":
			open = append(open, opens(tokens, i))
		case ")", "}":
			if len(open) == 0 || (token == "}") != (inside == "matchers") {
				return q, fmt.Errorf("%q closes nothing", token)
			}
			open = open[:len(open)-1]
		default:
			if err := q.plain(token, next, inside); err != nil {
				return q, err
			}
		}
	}
	if len(open) > 0 {
		return q, errors.New("something is not closed")
	}
	return q, nil
}

// plain takes a token that is no bracket of a list.
func (q *query) plain(token, next, inside string) error {
	switch {
	case token[0] == '[':
		if !promRange.MatchString(token) {
			return fmt.Errorf("no range: %s", token)
		}
	case isWord(token):
		return q.word(token, next, inside)
	}
	return nil
}

// at is the text at a place of a list; empty outside of it.
func at(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return list[i]
}

// opens tells what a bracket opens: the arguments of a function, a list of labels, or matchers.
func opens(tokens []string, i int) string {
	switch {
	case tokens[i] == "{":
		return "matchers"
	case i > 0 && slices.Contains(promGroupings, tokens[i-1]):
		return "grouping"
	}
	return "expression"
}

func isWord(token string) bool {
	return token[0] == '_' || token[0] == ':' || token[0] >= 'a' && token[0] <= 'z' || token[0] >= 'A' && token[0] <= 'Z'
}

// word takes a word for what its neighbours make it.
func (q *query) word(token, next, inside string) error {
	switch {
	case inside == "grouping":
		q.labels = append(q.labels, token)
	case inside == "matchers":
		if !slices.Contains([]string{"=", "!=", "=~", "!~"}, next) {
			return fmt.Errorf("label %s is compared with %q", token, next)
		}
		q.labels = append(q.labels, token)
	case slices.Contains(promGroupings, token), slices.Contains(promWords, token):
	case slices.Contains(promFunctions, token):
		if next != "(" && !slices.Contains(promGroupings, next) {
			return fmt.Errorf("%s is called with %q", token, next)
		}
	case next == "(":
		return fmt.Errorf("there is no function %s", token)
	default:
		q.metrics = append(q.metrics, token)
	}
	return nil
}

// shown are the names that a scrape shows, with the labels of each.
func shown(t *testing.T) map[string][]string {
	t.Helper()
	m := NewMetrics()
	m.WatchPool(func() PoolStat { return PoolStat{} })
	names := map[string][]string{}
	for _, d := range m.Declared() {
		names[d.Name] = d.Labels
		if slices.Contains([]string{"tenure_batch_commands", "tenure_batch_seconds", "tenure_http_request_seconds"}, d.Name) {
			delete(names, d.Name)
			names[d.Name+"_bucket"] = append([]string{"le"}, d.Labels...)
			names[d.Name+"_sum"], names[d.Name+"_count"] = d.Labels, d.Labels
		}
	}
	families, err := m.Registry().Gather()
	require.NoError(t, err)
	for _, f := range families {
		if _, known := names[f.GetName()]; !known && !strings.HasPrefix(f.GetName(), "tenure_") {
			names[f.GetName()] = nil
		}
	}
	return names
}

// wrong tells what is wrong with an expression, nil if nothing.
func wrong(expr string, names map[string][]string) error {
	q, err := parseQuery(expr)
	if err != nil {
		return err
	}
	if len(q.metrics) == 0 {
		return errors.New("it asks for no metric")
	}
	labels := slices.Clone(promOuter)
	for _, metric := range q.metrics {
		own, known := names[metric]
		if !known {
			return fmt.Errorf("there is no metric %s", metric)
		}
		labels = append(labels, own...)
	}
	for _, label := range q.labels {
		if !slices.Contains(labels, label) {
			return fmt.Errorf("none of %s has a label %s", strings.Join(q.metrics, ", "), label)
		}
	}
	return nil
}

func TestPromql_ExpressionsAreReadAsPrometheusDoes(t *testing.T) {
	t.Parallel()
	names := shown(t)
	for _, r := range []struct{ sentence, expr, fails string }{
		{"a plain metric", `tenure_parked`, ""},
		{"matchers, a grouping before and after, a range, arithmetic",
			`sum by (outcome) (rate(tenure_commands_total{shard=~"1|2"}[5m])) / sum(rate(tenure_commands_total[$__rate_interval])) without (instance) > 0.5`, ""},
		{"two metrics with their own labels",
			`max by (reason) (tenure_parked) and on (instance) tenure_build_info{version!=""} == bool 1`, ""},
		{"a histogram's buckets", `histogram_quantile(0.99, sum by (le) (rate(tenure_batch_seconds_bucket[5m])))`, ""},
		{"a time before", `tenure_parked offset 15m`, ""},
		{"a metric of the runtime", `go_goroutines > 1e4`, ""},
		{"a text with brackets and names in it", `tenure_parked{reason="a(b{c by d"}`, ""},
		{"a metric that is not there", `tenure_unparked`, "there is no metric tenure_unparked"},
		{"a histogram without its suffix", `tenure_batch_seconds`, "there is no metric tenure_batch_seconds"},
		{"a label that it does not have", `tenure_parked{shard="1"}`, "none of tenure_parked has a label shard"},
		{"a grouping by one", `sum by (shard) (tenure_parked)`, "none of tenure_parked has a label shard"},
		{"buckets of what has none", `sum by (le) (tenure_parked)`, "none of tenure_parked has a label le"},
		{"a function that is not there", `summ(tenure_parked)`, "there is no function summ"},
		{"a function without its argument", `sum > 1`, `sum is called with ">"`},
		{"a range without a unit", `rate(tenure_commands_total[5])`, "no range: [5]"},
		{"a bracket too few", `sum(tenure_parked`, "something is not closed"},
		{"a bracket too many", `sum(tenure_parked))`, `")" closes nothing`},
		{"a bracket of another kind", `tenure_parked{reason="x")`, `")" closes nothing`},
		{"a matcher without a comparison", `tenure_parked{reason}`, `label reason is compared with "}"`},
		{"nothing", `1 > 0`, "it asks for no metric"},
	} {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			err := wrong(r.expr, names)
			if r.fails == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, r.fails)
		})
	}
}
