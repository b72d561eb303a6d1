package events_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/test/golden"
)

// Events are never changed: a golden file that no longer comes out the same is a fact that old logs can no longer tell.
// Write them again only for a new type: go test ./events -update.
func goldenFile(name string) string { return filepath.Join("testdata", "golden", name+".json") }

func samples() []events.Event {
	return slices.Concat(employeeSamples(), processSamples(), billingSamples(), catalogSamples(), runSamples(),
		runControlSamples(), repairSamples())
}

func TestSamples_OfEveryType(t *testing.T) {
	t.Parallel()
	var named []string
	for _, s := range samples() {
		named = append(named, s.EventType())
	}
	for _, name := range events.Types() {
		assert.True(t, slices.Contains(named, name), "%s has no sample: add one in events/samples_*_test.go", name)
	}
	assert.Len(t, named, len(events.Types()), "each type has one sample")
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		name := s.EventType()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoded, err := events.Encode(s)
			require.NoError(t, err)
			golden.Compare(t, goldenFile(name), string(encoded)+"\n")

			read, err := events.Decode(name, encoded)
			require.NoError(t, err)
			again, err := events.Encode(read)
			require.NoError(t, err)
			assert.Equal(t, string(encoded), string(again), "what is read is written as it was")
		})
	}
}

func TestGolden_FilesAreOfTypesThatExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(goldenFile("*"))
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		_, known := events.New(name)
		assert.True(t, known, "%s: a type is never taken away, old logs hold it", file)
	}
}

// either are fields of which a sample has one or the other, or what version 1 did not have.
var either = []string{"AddonUpdated.ClearUnitPrice", "Extension.Product"}

func TestSamples_LeaveNoFieldEmpty(t *testing.T) {
	t.Parallel()
	for _, s := range samples() {
		filled(t, reflect.ValueOf(s))
	}
}

// filled goes through payloads of this package; what others own is theirs to test.
func filled(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Kind() == reflect.Pointer:
		filled(t, v.Elem())
	case v.Kind() == reflect.Slice && v.Len() > 0:
		filled(t, v.Index(0))
	case v.Kind() == reflect.Struct && v.Type().PkgPath() == "tenure/events":
		for i := range v.NumField() {
			field := v.Type().Name() + "." + v.Type().Field(i).Name
			if !slices.Contains(either, field) {
				assert.False(t, v.Field(i).IsZero(), "the sample leaves %s empty", field)
			}
			filled(t, v.Field(i))
		}
	}
}
