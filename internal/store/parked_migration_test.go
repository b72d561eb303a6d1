package store

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/database"
)

// A version is taken back and brought again with parked messages in the database, and with an employee whom an older
// version parked without a row that says so.
func TestMigration_WhatIsParkedSurvivesAVersionBackAndForth(t *testing.T) {
	t.Parallel()
	database.OneServer(t, "a database is distributed at its newest version")
	s, _ := parkedRows(t)
	raw, err := os.ReadFile("../../migrations/00015_parked.sql")
	require.NoError(t, err)
	up, down, _ := strings.Cut(string(raw), "-- +goose Down")
	conn, err := s.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	for _, statements := range []string{
		down, "INSERT INTO subjects (shard, stream, version, parked, state) VALUES (1, 'employee/f', 1, true, '{}')", up,
	} {
		_, err = conn.Conn().PgConn().Exec(t.Context(), statements).ReadAll()
		require.NoError(t, err)
	}
	q, err := s.ParkedQueue(t.Context(), "employee/f", 5)
	require.NoError(t, err)
	require.Len(t, q, 1)
	require.Equal(t, "failed", q[0].Reason)
	q, err = s.ParkedQueue(t.Context(), "employee/a", 5)
	require.NoError(t, err)
	require.Len(t, q, 2)
}
