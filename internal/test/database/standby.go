package database

import "testing"

// Standby is a copy of a database as it was, which can take its place.
type Standby struct {
	t           testing.TB
	dsn, copied string
}

// NewStandby copies a database. Its sessions are ended for that.
func NewStandby(t testing.TB, dsn string) *Standby {
	t.Helper()
	return &Standby{t: t, dsn: dsn, copied: Copy(t, dsn)}
}

// Promote puts the copy in the place of the database, see Replace.
func (s *Standby) Promote() {
	s.t.Helper()
	Replace(s.t, s.dsn, s.copied)
}

// Drop removes a copy that is not needed.
func (s *Standby) Drop() {
	s.t.Helper()
	remove(s.t, s.copied)
}

// EndSessions ends all sessions of the database.
func (s *Standby) EndSessions() {
	s.t.Helper()
	endSessions(s.t, s.dsn)
}
