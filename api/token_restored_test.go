package api

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/test/database"
	"tenure/internal/test/environment"
)

// A backup does not know what was revoked since. As strong as: revoked tokens stay revoked after a restore. No token of
// the backup counts until an operator has confirmed it, and those that are made afterwards do.
func TestTokens_OfBeforeARestoreCountWhenConfirmed(t *testing.T) {
	t.Parallel()
	admin := events.Actor{AccessLevel: "ADMIN"}
	dsn := database.Migrated(t)
	s := environment.Store(t, dsn)
	create := func(tokens Tokens) (id, value string) {
		id, value, err := tokens.create(t.Context(), newToken{rights: admin, by: byOperator})
		require.NoError(t, err)
		return id, value
	}
	_, kept := create(Tokens{Database: s})
	other, revoked := create(Tokens{Database: s})
	s.Close()
	backup := database.Copy(t, dsn)

	tokens := Tokens{Database: environment.Store(t, dsn)}
	found, err := tokens.Revoke(t.Context(), other)
	require.NoError(t, err)
	require.True(t, found)
	accepted := func(value string) bool {
		_, known, err := tokens.Rights(t.Context(), value)
		require.NoError(t, err)
		return known
	}
	require.True(t, accepted(kept))
	require.False(t, accepted(revoked))

	tokens = Tokens{Database: environment.Store(t, backup)} // is restored
	for _, value := range []string{kept, revoked} {
		_, known, err := tokens.Rights(t.Context(), value)
		require.ErrorIs(t, err, errTokenRestored)
		require.False(t, known)
	}
	later, fresh := create(tokens)
	require.True(t, accepted(fresh))
	all, err := tokens.All(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 3)
	for _, k := range all {
		require.Equal(t, k.ID != later, k.Restored)
	}
	found, err = tokens.Revoke(t.Context(), other)
	require.NoError(t, err)
	require.True(t, found)
	found, err = tokens.Confirm(t.Context(), other)
	require.NoError(t, err)
	require.False(t, found)
	n, err := tokens.ConfirmAll(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
	require.True(t, accepted(kept))
	require.False(t, accepted(revoked))
}

func TestTokens_OfBeforeARestoreAreRefusedByEveryAPI(t *testing.T) {
	t.Parallel()
	value := newTokenOf(t, events.Actor{AccessLevel: "ADMIN"})
	b := &pgx.Batch{}
	b.Queue("UPDATE tokens SET made_in = 'another' WHERE hash = $1", tokenHash(value))
	require.NoError(t, db.InTx(t.Context(), b))
	refused(t, ask(t, serve(), "/employee/"+plain, "X-API-Key", value), 401, "invalid_token",
		"The token is of before a restore")
	require.Equal(t, "access_token_invalid", get(t, serve(), value, "").Error.Data.Mnemonic)
}
