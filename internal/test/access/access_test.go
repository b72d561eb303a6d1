package access

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
)

// playsMax is how many cases run at once.
const playsMax = 8

func TestAccess_EveryCaseHolds(t *testing.T) {
	t.Parallel()
	f := readFile(t)
	s := startSystem(t, f)
	broken := s.create(f)
	results := s.playAll(t.Context(), f, broken)
	report(t, f, results)
	for _, c := range f.Cases {
		if err := results[c.ID]; err != nil {
			t.Errorf("%s: %s by %s on %s: %v", c.ID, c.Operation, c.Actor, cmp.Or(c.Relation, c.Target, "-"), err)
		}
	}
}

// playAll plays every case and gives why those that do not hold do not.
func (s *system) playAll(ctx context.Context, f file, broken map[string]string) map[string]error {
	var mu sync.Mutex
	results := map[string]error{}
	one := func(c accessCase) {
		err := s.run(ctx, c)
		for _, e := range c.Fresh {
			if why := broken[e["_id"].(string)]; why != "" {
				err = fmt.Errorf("employee %s could not be made: %s", e["_id"], why)
			}
		}
		if err != nil {
			mu.Lock()
			results[c.ID] = err
			mu.Unlock()
		}
	}
	var group errgroup.Group
	group.SetLimit(playsMax)
	for _, c := range f.Cases {
		if c.parallel() {
			group.Go(func() error { one(c); return nil })
		}
	}
	_ = group.Wait()
	for _, c := range f.Cases { // commands without their own employee touch what all share
		if !c.parallel() {
			one(c)
		}
	}
	return results
}

// report logs how many cases hold, per operation and relation.
func report(t *testing.T, f file, results map[string]error) {
	t.Helper()
	held, all := map[string]int{}, map[string]int{}
	for _, c := range f.Cases {
		for _, name := range []string{c.Operation, c.Operation + " " + cmp.Or(c.Relation, "-")} {
			all[name]++
			if results[c.ID] == nil {
				held[name]++
			}
		}
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%-34s %3d of %3d\n", name, held[name], all[name])
	}
	t.Logf("%d of %d hold\n%s", len(f.Cases)-len(results), len(f.Cases), text.String())
	if testing.Verbose() {
		for _, id := range slices.Sorted(maps.Keys(results)) {
			t.Logf("%s: %v", id, results[id])
		}
	}
}
