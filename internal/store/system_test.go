package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSystem_IsReadForAlarms(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	found, err := s.System(t.Context())
	require.NoError(t, err)
	require.Equal(t, SchemaWanted(), found.Schema)
	require.WithinDuration(t, time.Now(), found.At, time.Hour)
	require.Zero(t, found.Decided.Unix(), "nothing was decided")
	require.False(t, found.Audited)

	c := claimed(t, s, 1)
	require.NoError(t, s.Write(t.Context(), c, plain(c, 1, "employee/a")))
	require.NoError(t, s.KeepAudit(t.Context(), []AuditRecord{{ID: "I1", Name: "one", Broken: 2},
		{ID: "I2", Name: "two"}}))
	found, err = s.System(t.Context())
	require.NoError(t, err)
	require.True(t, found.Decided.Equal(noon), found.Decided)
	require.True(t, found.Audited)
	require.GreaterOrEqual(t, found.AuditAge, time.Duration(0))
	require.Equal(t, 1, found.AuditBroken)
}

func TestSchema_OlderThanTheBuildIsRefusedNewerIsNot(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	found, err := s.Schema(t.Context())
	require.NoError(t, err)
	require.Equal(t, SchemaWanted(), found)

	_, err = s.pool.Exec(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	require.NoError(t, err)
	found, err = s.Schema(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 99999, found)

	_, err = s.pool.Exec(t.Context(), "DELETE FROM goose_db_version WHERE version_id >= $1", SchemaWanted())
	require.NoError(t, err)
	_, err = s.Schema(t.Context())
	var schema *schemaError
	require.ErrorAs(t, err, &schema)
	require.Less(t, schema.Found, schema.Wanted)
	require.ErrorContains(t, err, "tenure migrate")
}
