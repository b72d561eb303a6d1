package architecture

import (
	"os"
	"testing"
	"testing/fstest"
)

// root is the tree's root as seen from this package's folder, where go test runs.
const root = "../../.."

// TestTree_KeepsEveryRule applies every rule to this tree. With -v it also lists what could not be checked yet.
func TestTree_KeepsEveryRule(t *testing.T) {
	t.Parallel()
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			report := rule.Run(tree, exceptions[rule.Name])
			for _, skipped := range report.Skipped {
				t.Logf("not checked yet: %s", skipped)
			}
			for _, finding := range report.Findings {
				t.Errorf("%s", finding)
			}
		})
	}
}

// TestFigures prints the measured figures of this tree and fails on one outside its bound.
func TestFigures(t *testing.T) {
	t.Parallel()
	tree, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, figure := range Measure(tree) {
		t.Log(figure)
		if !figure.Kept() {
			t.Errorf("%s: %.4g is outside its bound %.4g", figure.Name, figure.Got, figure.Bound)
		}
	}
}

// TestExceptions_BelongToRules refuses an exception from a rule that does not exist.
func TestExceptions_BelongToRules(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, rule := range Rules() {
		known[rule.Name] = true
	}
	for name := range exceptions {
		if !known[name] {
			t.Errorf("%s: an exception from %q, which is no rule", exceptionsFile, name)
		}
	}
}

// treeOf loads a tree from path and content pairs.
func treeOf(t *testing.T, files map[string]string) *Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// ruleNamed gives the rule with this name.
func ruleNamed(t *testing.T, name string) Rule {
	t.Helper()
	for _, rule := range Rules() {
		if rule.Name == name {
			return rule
		}
	}
	t.Fatalf("no rule %q", name)
	return Rule{}
}
