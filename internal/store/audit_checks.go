package store

// AuditCheck is one thing that an audit looks at.
type AuditCheck struct {
	Name      string // as --check takes it
	Invariant string // I1, I2 …, as docs/reliability.md numbers them
	What      string // what must hold
	Slow      bool   // it reads all events or all lines: left out of a fast audit
	AtRest    bool   // it holds once a system has caught up, and may not while it is busy
	sql       string // each row, one text, is a violation
}

// auditChecks are all checks on tables, in the order in which they run.
var auditChecks = []AuditCheck{
	{Name: "one-final", Invariant: "I1", What: "a command has at most one final outcome", sql: sqlAuditTwoFinals},
	{Name: "outcomes-dense", Invariant: "I1", What: "outcomes have no hole", sql: sqlAuditOutcomeGaps},
	{Name: "not-answered", Invariant: "I1", What: "a command that was parked is answered or still parked", sql: sqlAuditNotAnswered},
	{Name: "applied-answered", Invariant: "I1", What: "a command that changed something has its final outcome", Slow: true, sql: sqlAuditAppliedAnswered},
	{Name: "parked-streams", Invariant: "I11", What: "a subject is parked as long as a message of its queue is", sql: sqlAuditParkedStreams},
	{Name: "stream-versions", Invariant: "I2", What: "streams have versions 1..n", Slow: true, sql: sqlAuditStreamVersions},
	{Name: "shard-positions", Invariant: "I2", What: "shards have positions 1..head", Slow: true, sql: sqlAuditShardPositions},
	{Name: "state-versions", Invariant: "I2", What: "the state of a stream is that after its last event", Slow: true, sql: sqlAuditSubjectVersions},
	{Name: "time", Invariant: "I2", What: "time never goes back in a shard", Slow: true, sql: sqlAuditTime},
	{Name: "readers", Invariant: "I4", What: "no reader is further than the log", sql: sqlAuditReadersAhead},
	{Name: "coverage-guard", Invariant: "I5", What: "the database refuses a day that is billed twice", sql: sqlAuditCoverageGuard},
	{Name: "coverage", Invariant: "I5", What: "covered days have a meaning", sql: sqlAuditCoverage},
	{Name: "days-once", Invariant: "I5", What: "no day of a source is billed twice in a ledger, nor taken back twice", Slow: true, sql: sqlAuditDaysOnce},
	{Name: "run-lines", Invariant: "I6", What: "a run's totals are the lines in the log", Slow: true, sql: sqlAuditRunLines},
	{Name: "run-completed", Invariant: "I6", What: "run.completed says what the run's totals say", sql: sqlAuditRunCompleted},
	{Name: "run-shard-completed", Invariant: "I6", What: "run.shard_completed says what was counted in the shard", sql: sqlAuditRunShardCompleted},
	{Name: "documents-issued", Invariant: "I6", What: "a document says what runs billed for it", sql: sqlAuditDocumentsIssued},
	{Name: "lines-kept", Invariant: "I6", What: "the read model of lines has the lines of the runs", Slow: true, sql: sqlAuditLinesKept},
	{Name: "documents-kept", Invariant: "I6", What: "the read model of documents has the issued documents", sql: sqlAuditDocumentsKept},
	{Name: "run-counts", Invariant: "I7", What: "who was examined was billed or has a reason why not", sql: sqlAuditRunCounts},
	{Name: "run-positions", Invariant: "I7", What: "the positions that a run names exist", sql: sqlAuditRunPositions},
	{Name: "run-totals", Invariant: "I7", What: "totals belong to a run that billed somebody", sql: sqlAuditRunTotals},
	{Name: "deleted-clean", Invariant: "I10", What: "who is deleted has no extension and no account left", Slow: true, sql: sqlAuditDeletedClean},
	{Name: "deleted-early", Invariant: "I10", What: "nobody is deleted before her time", Slow: true, sql: sqlAuditDeletedEarly},
	{Name: "overdue", Invariant: "I10", What: "what was due an hour ago is done, or parked", AtRest: true, sql: sqlAuditOverdue},
	{Name: "logins", Invariant: "I10", What: "a reserved login name is its holder's", Slow: true, AtRest: true, sql: sqlAuditLogins},
	{Name: "run-once", Invariant: "I13", What: "a run is one night and one policy in all shards", sql: sqlAuditRunTwice},
	{Name: "run-names", Invariant: "I13", What: "a run is of the night that its name says", sql: sqlAuditRunNames},
	{Name: "topics", Invariant: "I13", What: "shards of a topic agree on it", sql: sqlAuditTopics},
}

// ChainCheck is the check of the hash chains, which reads all events and is not one query.
var ChainCheck = AuditCheck{
	Name: "chain", Invariant: "I2", What: "every event is as it was written: the hash chain of its shard says so", Slow: true,
}

// AuditChecks lists the checks on tables, and that of the hash chains.
func AuditChecks() []AuditCheck {
	return append(append([]AuditCheck(nil), auditChecks...), ChainCheck)
}
