package telemetry

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The places of what is held against the metrics, from this folder.
const (
	alertsFile    = "../../deploy/prometheus/alerts.yaml"
	dashboardFile = "../../deploy/grafana/tenure.json"
	runbookFile   = "../../docs/ops.md"
	// runbookName begins the address of a runbook: where the pages are is a label that Prometheus is given.
	runbookName  = "{{ $externalLabels.runbooks }}/ops.md#"
	promtoolFile = "../../deploy/prometheus/alerts_test.yaml"
)

// alert is one rule of the file.
type alert map[string]string

// readAlerts reads the rules: a list of maps whose values are texts, on one line or folded over several.
func readAlerts(t *testing.T) []alert {
	t.Helper()
	raw, err := os.ReadFile(alertsFile)
	require.NoError(t, err)
	entry := regexp.MustCompile(`^\s+(- )?([a-z_]+):(?: (.*))?$`)
	var rules []alert
	folded := ""
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimRight(line, "\n")
		parts := entry.FindStringSubmatch(line)
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "#"), strings.TrimSpace(line) == "", line == "groups:":
		case folded != "" && parts == nil:
			rules[len(rules)-1][folded] += " " + strings.TrimSpace(line)
		case parts == nil:
			t.Fatalf("%s: a line that is not understood: %s", alertsFile, line)
		case parts[2] == "alert":
			rules, folded = append(rules, alert{"alert": parts[3]}), ""
		case len(rules) > 0:
			folded = ""
			if parts[3] == ">-" {
				folded, parts[3] = parts[2], ""
			}
			rules[len(rules)-1][parts[2]] = strings.Trim(parts[3], `"`)
		}
	}
	return rules
}

func TestDeploy_EveryAlertAsksForWhatThereIsAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	names, anchors := shown(t), anchorsOf(t)
	rules := readAlerts(t)
	require.Greater(t, len(rules), 10)
	var seen []string
	for _, r := range rules {
		name := r["alert"]
		require.NoError(t, wrong(r["expr"], names), "%s: %s", name, r["expr"])
		require.Regexp(t, `^Tenure[A-Z][A-Za-z]+$`, name)
		require.NotContains(t, seen, name)
		seen = append(seen, name)
		require.Regexp(t, `^[0-9]+[mh]$`, r["for"], name)
		require.Regexp(t, `^\{severity: (warning|critical)\}$`, r["labels"], name)
		require.NotEmpty(t, r["summary"], name)
		anchor, found := strings.CutPrefix(r["runbook_url"], runbookName)
		require.True(t, found, "%s: %s", name, r["runbook_url"])
		if anchors != nil {
			require.Contains(t, anchors, anchor, "%s: %s has no such heading", name, runbookFile)
		}
		for _, label := range regexp.MustCompile(`\$labels\.([a-z_]+)`).FindAllStringSubmatch(r["summary"], -1) {
			require.True(t, label[1] == "instance" || strings.Contains(r["expr"], label[1]) ||
				slices.Contains(labelsOf(t, r["expr"], names), label[1]),
				"%s: its summary names label %s, which its expression does not leave", name, label[1])
		}
	}
}

// labelsOf are the labels of the metrics of an expression.
func labelsOf(t *testing.T, expr string, names map[string][]string) (labels []string) {
	t.Helper()
	q, err := parseQuery(expr)
	require.NoError(t, err)
	for _, metric := range q.metrics {
		labels = append(labels, names[metric]...)
	}
	return labels
}

// anchorsOf are those of the runbook's headings, and those that it sets itself; nil where there is no runbook yet.
func anchorsOf(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(runbookFile)
	if os.IsNotExist(err) {
		return nil
	}
	require.NoError(t, err)
	anchors := []string{}
	for _, m := range regexp.MustCompile(`(?m)^#+ +(.*)$|<a (?:id|name)="([^"]+)"`).FindAllStringSubmatch(string(page),
		-1) {
		words := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors = append(anchors, strings.ReplaceAll(strings.TrimSpace(words), " ", "-"), m[2])
	}
	return anchors
}

// TestDeploy_WhatMustNotGoUnseenHasAnAlert names what must not.
func TestDeploy_WhatMustNotGoUnseenHasAnAlert(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, r := range readAlerts(t) {
		all.WriteString(r["expr"] + "\n")
	}
	for _, metric := range []string{
		"tenure_feed_lag_seconds", "tenure_parked", "tenure_run_overdue", "tenure_runs", "tenure_shard_stopped",
		"tenure_heartbeat_seconds",
		"tenure_commands_total", `tenure_log_messages_total{level="error"}`, "tenure_halted", "tenure_commands_waiting",
		"tenure_audit_age_seconds", "tenure_audit_broken", "tenure_clock_skew_seconds", "tenure_clock_simulated",
		"tenure_log_ahead_seconds", "tenure_schema_version", "tenure_dependency_up",
	} {
		require.Contains(t, all.String(), metric)
	}
}

// TestAlerts_KeepEnvironmentsApart: staging and production in one Prometheus must not hide each other.
func TestAlerts_KeepEnvironmentsApart(t *testing.T) {
	t.Parallel()
	for _, r := range readAlerts(t) {
		if strings.HasPrefix(r["expr"], "absent(") {
			continue // of what has no labels
		}
		for _, list := range regexp.MustCompile(`(by|on) \(([^)]*)\)`).FindAllStringSubmatch(r["expr"], -1) {
			require.True(t, strings.HasPrefix(list[2], "namespace, job"), "%s: %s", r["alert"], list[0])
		}
		require.NotRegexp(t, `\b(sum|max|min|count)\(`, r["expr"], "%s: it adds up several environments", r["alert"])
	}
}

// TestAlerts_EachFiresInATestOfPromtool holds the list of those that "make promtool" lets fire complete.
func TestAlerts_EachFiresInATestOfPromtool(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(promtoolFile)
	require.NoError(t, err)
	fires := map[string]bool{}
	expected := regexp.MustCompile(`(?m)^ +alertname: (\w+)\n +exp_alerts:\n +- exp_labels: `)
	for _, m := range expected.FindAllStringSubmatch(string(raw), -1) {
		fires[m[1]] = true
	}
	for _, r := range readAlerts(t) {
		require.True(t, fires[r["alert"]], "%s does not fire in %s", r["alert"], promtoolFile)
	}
}

// TestDeploy_EveryErrorNamesThePartThatLogsIt keeps the alert on errors useful: it tells the part, which the message
// begins with.
func TestDeploy_EveryErrorNamesThePartThatLogsIt(t *testing.T) {
	t.Parallel()
	logged := regexp.MustCompile(`\.Error(?:Context)?\((?:ctx, )?"([^"]*)"`)
	found := 0
	for _, root := range []string{"../../internal", "../../cmd"} {
		require.NoError(t, filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.Contains(path, "internal/test/") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, message := range logged.FindAllStringSubmatch(string(code), -1) {
				found++
				require.NotEqual(t, "other", component(message[1]), "%s: %s", path, message[1])
			}
			return err
		}))
	}
	require.Positive(t, found)
}

// picture is a panel of the dashboard.
type picture struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Targets     []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	} `json:"targets"`
	GridPos struct{ H, W, X, Y int } `json:"gridPos"`
}

func TestDeploy_EveryPictureOfTheDashboardAsksForWhatThereIs(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.FromSlash(dashboardFile))
	require.NoError(t, err)
	var board struct {
		Title  string    `json:"title"`
		Panels []picture `json:"panels"`
	}
	require.NoError(t, json.Unmarshal(raw, &board))
	require.Equal(t, "Tenure", board.Title)
	names, asked := shown(t), map[string]bool{}
	for i, p := range board.Panels {
		require.Equal(t, i+1, p.ID)
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		if p.Type == "row" {
			continue
		}
		require.NotEmpty(t, p.Description, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			require.NoError(t, wrong(target.Expr, names), "%s: %s", p.Title, target.Expr)
			q, err := parseQuery(target.Expr)
			require.NoError(t, err)
			for _, metric := range q.metrics {
				asked[metric] = true
			}
			for _, label := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				require.Contains(t, q.labels, label[1], "%s: its legend names a label that it does not group by", p.Title)
			}
		}
	}
	for name := range names {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "tenure_") {
			require.True(t, asked[name] || asked[base+"_bucket"] || asked[base+"_sum"], "no picture shows %s", name)
		}
	}
}
