package simulate

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The files of cases, which package billing checks its arithmetic with.
const (
	handChecked = "../../billing/testdata/billing.json"
	randomCases = "../../billing/testdata/billing_random.json"
	peersCases  = "../../billing/testdata/billing_peers.json"
)

func readCases(t testing.TB, path string) File {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := ReadCases(raw)
	require.NoError(t, err)
	return f
}

func TestVectors_TheCasesGiveWhatTheyExpectThroughDomain(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]Report{
		handChecked: {Cases: 92, Runs: 152, Lines: 168 + 7, Alternatives: 7},
		randomCases: {Cases: 89, Runs: 461, Lines: 1363},
		peersCases:  {Cases: 46, Runs: 64, Lines: 68},
	} {
		for _, stored := range []bool{false, true} {
			t.Run(path, func(t *testing.T) {
				t.Parallel()
				got, err := readCases(t, path).check(stored, nil)
				require.NoError(t, err)
				for _, d := range got.Differences {
					t.Error(d)
				}
				got.Differences = nil
				require.Equal(t, want, got)
			})
		}
	}
}

func TestVectors_TheBytesOfTheStoreGiveTheSameOutputForEveryCase(t *testing.T) {
	t.Parallel()
	for _, path := range []string{handChecked, randomCases, peersCases} {
		plain, err := readCases(t, path).run(false, nil)
		require.NoError(t, err)
		stored, err := readCases(t, path).run(true, nil)
		require.NoError(t, err)
		require.Equal(t, toJSON(t, plain), toJSON(t, stored))
	}
}
