package architecture

import (
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sentence string
		values   []int
		percent  int
		want     float64
	}{
		{"of nothing it is nothing", nil, 50, 0},
		{"the median of one is that one", []int{7}, 50, 7},
		{"the median of an even number is the lower middle", []int{4, 1, 3, 2}, 50, 2},
		{"nine of ten do not exceed the 90 %", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 100}, 90, 9},
		{"all do not exceed the 100 %", []int{1, 100, 3}, 100, 100},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			if got := quantile(r.values, r.percent); got != r.want {
				t.Errorf("got %v, want %v", got, r.want)
			}
		})
	}
}

func TestFigure_OutsideItsBound(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sentence string
		figure   Figure
		kept     bool
		says     string
	}{
		{"at the upper bound it is kept", Figure{Got: 12, Bound: 12}, true, "<="},
		{"above the upper bound it is not", Figure{Got: 13, Bound: 12}, false, "NOT KEPT"},
		{"below the lower bound it is not", Figure{Got: 49, Bound: 50, AtLeast: true}, false, "NOT KEPT"},
		{"a young one is printed only", Figure{Got: 49, Bound: 50, AtLeast: true, Young: "3 of 20 tests"},
			true, "not applied yet: 3 of 20 tests"},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			if r.figure.Kept() != r.kept || !strings.Contains(r.figure.String(), r.says) {
				t.Errorf("kept %v, %q", r.figure.Kept(), r.figure)
			}
		})
	}
}

// TestMeasure_SeesTooFewParallelTests shows that the floor is applied once there are tests enough.
func TestMeasure_SeesTooFewParallelTests(t *testing.T) {
	t.Parallel()
	source := "package a\nimport \"testing\"\nfunc TestA(t *testing.T) { t.Parallel() }\nfunc TestMain(m *testing.M) {}\n"
	for i := range testsForFloor {
		source += "func TestB" + strings.Repeat("x", i) + "(t *testing.T) {}\n"
	}
	for _, figure := range Measure(treeOf(t, map[string]string{"a/a_test.go": source})) {
		if figure.Name != "tests that run in parallel, %" {
			continue
		}
		if figure.Kept() || figure.Got != share(1, testsForFloor+1) {
			t.Errorf("%s", figure)
		}
		return
	}
	t.Error("the share of parallel tests is not measured")
}

func TestMeasure_SeesALongImportChain(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, edge := range []string{"ab", "bc", "cd", "ac", "ef"} {
		from, to := edge[:1], edge[1:]
		files[from+"/"+to+".go"] = "package " + from + "\nimport _ \"tenure/" + to + "\"\n"
	}
	chain := longestChain(importGraph(treeOf(t, files)))
	if strings.Join(chain, "") != "abcd" {
		t.Errorf("got %v", chain)
	}
}

func TestCyclomatic_CountsBranches(t *testing.T) {
	t.Parallel()
	source := "package a\nfunc f(c chan int, b bool) {\n" +
		"if b && !b || b {}\nfor range 3 {}\nswitch {\ncase b:\ndefault:\n}\nselect {\ncase <-c:\ndefault:\n}\nfunc() { " +
		"for {} }()\n}\n"
	all := functions(treeOf(t, map[string]string{"a/a.go": source}))
	if len(all) != 1 || all[0].paths != 8 {
		t.Errorf("got %+v, want 8 paths", all)
	}
}

// TestMeasure_SeesTooFewTestLines shows that the floor is applied once the program stands.
func TestMeasure_SeesTooFewTestLines(t *testing.T) {
	t.Parallel()
	long := "package a\n" + strings.Repeat("\n", codeLinesForFloor)
	kit := "package kit\nimport _ \"testing\"\n"
	rows := []struct {
		sentence string
		files    map[string]string
		kept     bool
	}{
		{"without a program it is printed only", map[string]string{"a/a.go": long}, true},
		{"with a program it is applied", map[string]string{"a/a.go": long, "cmd/tenure/main.go": "package main\n"}, false},
		{"lines that only tests import count as theirs", map[string]string{
			"a/a.go": long, "cmd/tenure/main.go": "package main\n", "kit/kit.go": kit + long[len("package a\n"):],
			"a/a_test.go": "package a\nimport _ \"tenure/kit\"\n",
		}, true},
		{"lines that the program imports do not", map[string]string{
			"a/a.go": long, "cmd/tenure/main.go": "package main\nimport _ \"tenure/kit\"\n", "kit/kit.go": kit +
				long[len("package a\n"):],
		}, false},
		{"with tests enough it is kept", map[string]string{"a/a.go": long, "a/a_test.go": long,
			"cmd/tenure/main.go": "package main\n"}, true},
	}
	for _, r := range rows {
		t.Run(r.sentence, func(t *testing.T) {
			t.Parallel()
			for _, figure := range Measure(treeOf(t, r.files)) {
				if figure.Name == linesFigure && figure.Kept() != r.kept {
					t.Errorf("%s", figure)
				}
			}
		})
	}
}
