package rebuild

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/projections"
)

// broken appends rows that cannot be written.
type broken struct {
	projections.Lines
	append func(b []byte) ([]byte, error)
}

// AppendRows appends the rows, and what is wrong.
func (x broken) AppendRows(b []byte, f *events.Recorded) ([]byte, error) {
	b, err := x.Lines.AppendRows(b, f)
	if err != nil {
		return b, err
	}
	return x.append(b)
}

var errSample = errors.New("a sample of what may fail")

func TestLoad_ThatBreaksOffSaysWhyAndTheNextOneBeginsThere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		append func(b []byte) ([]byte, error)
		says   string
	}{
		"a fact that cannot be encoded": {func(b []byte) ([]byte, error) { return b, errSample }, errSample.Error()},
		"a row that the database denies": {func(b []byte) ([]byte, error) { return append(b, 0, 1, 0, 0, 0, 0), nil },
			"row field count is 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCompany(t)
			c.folded(projections.Lines{})
			before := c.rows(projections.Lines{})
			_, err := Run(t.Context(), c.Store, broken{append: test.append}, Options{})
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, "load piece 1 of 1")
			require.Equal(t, before, c.rows(projections.Lines{}))
			r, err := Run(t.Context(), c.Store, projections.Lines{}, Options{})
			require.NoError(t, err)
			require.True(t, r.Resumed)
			require.True(t, r.Compared && Equal(r.Tables))
			require.Equal(t, before, c.rows(projections.Lines{}))
		})
	}
}

func TestLoad_AnIndexWithoutItsConstraintIsGivenIt(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.folded(projections.Lines{})
	made := 0
	require.Error(t, c.killed(projections.Lines{}, Options{Workers: 1}, func(step string) bool {
		if step == "index" {
			made++
		}
		return made == 2
	}), "it is killed when the last index is there and before constraints are")
	_, err := Run(t.Context(), c.Store, projections.Lines{}, Options{})
	require.NoError(t, err)
	var constrained bool
	require.NoError(
		t, c.withRow(`SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = 'lines'::regclass AND contype = 'p')`,
			&constrained))
	require.True(t, constrained)
}
