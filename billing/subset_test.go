package billing_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
)

func TestHashOfSome_KnowsWhichLinesAHashIsOf(t *testing.T) {
	t.Parallel()
	var ids []uuid.UUID
	for i := range billing.HashIDsMax {
		ids = append(ids, uuid.NewSHA1(uuid.Nil, []byte{byte(i)}))
	}
	some := billing.CombineHashes(billing.CombineHashes(ids[3], ids[17]), ids[99])
	require.True(t, billing.HashOfSome(ids, 3, some))
	require.False(t, billing.HashOfSome(ids, 4, some), "as many lines as were said")
	require.False(t, billing.HashOfSome(ids, 3, uuid.NewSHA1(uuid.Nil, []byte("foreign"))))
	require.False(t, billing.HashOfSome(ids[:14], 10, uuid.Nil))
	require.True(t, billing.HashOfSome(ids[:14], 0, uuid.Nil))
	require.True(t, billing.HashOfSome(append(ids, uuid.Max), 3, uuid.Nil), "too many to tell")
}
