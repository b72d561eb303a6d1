package export

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
)

func TestFile_HasItsNameOnlyWhenItIsWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.csv")
	f, err := create(path)
	require.NoError(t, err)
	_, err = f.Write([]byte("half of it"))
	require.NoError(t, err)
	require.NoFileExists(t, path)
	f.abandon()
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)

	require.NoError(t, WriteFile(path, []byte("whole")))
	require.NoError(t, WriteFile(path, []byte("whole again")))
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "whole again", string(raw))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(fileMode), info.Mode().Perm(), "nobody else reads what people are billed")
	require.ErrorContains(t, WriteFile(filepath.Join(dir, "missing", "a.csv"), nil), "export: ")
}

func TestFile_TheSumOfAFileIsThatOfItsBytes(t *testing.T) {
	t.Parallel()
	f, err := create(filepath.Join(t.TempDir(), "a"))
	require.NoError(t, err)
	_, err = f.Write([]byte("abc"))
	require.NoError(t, err)
	require.NoError(t, f.finish())
	assert.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", f.sha256())
	assert.EqualValues(t, 3, f.size)
	assert.Error(t, f.finish(), "a file is finished once")
}

// TestFile_EachCurrencyHasAFile gives a reseller who bills in two.
func TestFile_EachCurrencyHasAFile(t *testing.T) {
	t.Parallel()
	db := billed(t, 4, func(i int, e *events.EmployeeInvoiced) {
		if i%2 == 1 {
			for k := range e.Lines {
				e.Lines[k].Currency = "EUR"
			}
		}
	})
	m, files := written(t, db, Options{Run: aprilsRun, Format: CSV, Ledgers: []billing.Ledger{billing.Reseller}})
	require.Len(t, m.Files, 2)
	assert.Equal(t, []string{"DKK", "EUR"}, []string{m.Files[0].Currency, m.Files[1].Currency})
	for _, f := range m.Files {
		assert.Equal(t, "120.00", f.Amount, "two lines of 60.00: currencies are never added up")
		assert.Contains(t, files, f.Name)
	}
}

func TestFile_MoreCurrenciesThanAnybodyBillsInAreAMistake(t *testing.T) {
	t.Parallel()
	w := &writer{Options: Options{Dir: t.TempDir(), Run: "r", Format: JSONL}, open: map[string]*part{}}
	defer w.abandon()
	for i := range filesMax {
		_, err := w.part(billing.Customer, string(rune('A'+i/26))+string(rune('A'+i%26)))
		require.NoError(t, err)
	}
	_, err := w.part(billing.Customer, "one more")
	require.ErrorIs(t, err, errTooMany)
}

func TestFile_ALineThatCannotBeShownEndsTheExport(t *testing.T) {
	t.Parallel()
	db := billed(t, 1, nil)
	gone := errors.New("the catalogue is gone")
	for want, show := range map[string]Show{
		"the catalogue is gone": func(context.Context, []byte, string, *billing.Line, []byte) ([]byte, error) {
			return nil,
				gone
		},
		"unexpected end": func(context.Context, []byte, string, *billing.Line, []byte) ([]byte,
			error) {
			return []byte("{"), nil
		},
	} {
		dir := t.TempDir()
		_, err := Write(t.Context(), db, Options{Run: aprilsRun, Format: CSV, Dir: dir, Show: show})
		require.ErrorContains(t, err, want)
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
	}
}

func TestFile_NamesOfFilesAreSafe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"nightly/2026-11-01": "nightly-2026-11-01", "../../etc/passwd": "------etc-passwd",
		"2026-11/COST/PLATFORM/DKK": "2026-11-COST-PLATFORM-DKK",
		"Ærø":                       "-r-", "": "",
	} {
		assert.Equal(t, want, plain(text))
	}
}
