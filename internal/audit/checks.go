package audit

import (
	"context"
	"slices"
)

// Check is one thing that an audit compares.
type Check struct {
	Name      string // as --check takes it
	Invariant string // I1, I2 …, as docs/reliability.md numbers them
	What      string // what must hold
	Slow      bool   // it reads all events or all lines: left out of a fast audit
	AtRest    bool   // it holds once a system has caught up, and may not while it is busy
	run       func(a *auditor, ctx context.Context) (details []string, err error)
}

// Checks lists all checks, in the order in which they run.
func Checks() []Check {
	return slices.Concat(logChecks, moneyChecks, employeeChecks, []Check{
		{Name: "chain", Invariant: "I2", What: "every event is as it was written: the hash chain of its shard shows it",
			Slow: true, run: (*auditor).chains},
		{Name: statesCheck, Invariant: "I9", What: "the state and the billed days of a stream are the fold of its events",
			Slow: true, run: (*auditor).states},
	})
}

// logChecks are those of the log itself.
var logChecks = []Check{
	{Name: "one-final", Invariant: "I1", What: "a command has at most one final outcome", run: query(sqlTwoFinals)},
	{Name: "outcomes-dense", Invariant: "I1", What: "outcomes have no hole", run: query(sqlOutcomeGaps)},
	{Name: "not-answered", Invariant: "I1", What: "a command that was parked has an outcome or is still parked",
		run: query(sqlNotAnswered)},
	{Name: "applied-answered", Invariant: "I1", What: "a command that changed something has its final outcome",
		Slow: true, run: query(sqlAppliedAnswered)},
	{Name: "parked-streams", Invariant: "I11", What: "a subject is parked as long as a message of its queue is",
		run: query(sqlParkedStreams)},
	{Name: "stream-versions", Invariant: "I2", What: "streams have versions 1..n",
		Slow: true, run: query(sqlStreamVersions)},
	{Name: "shard-positions", Invariant: "I2", What: "shards have positions 1..head",
		Slow: true, run: query(sqlShardPositions)},
	{Name: "state-versions", Invariant: "I2", What: "the state of a stream is that after its last event",
		Slow: true, run: query(sqlSubjectVersions)},
	{Name: "time", Invariant: "I2", What: "time never goes back in a shard", Slow: true, run: query(sqlTime)},
	{Name: "readers", Invariant: "I4", What: "no reader is further than the log", run: query(sqlReadersAhead)},
	{Name: "topics", Invariant: "I13", What: "shards of a topic agree on it", run: query(sqlTopics)},
}

// moneyChecks are those of billed days, runs, lines and documents.
var moneyChecks = []Check{
	{Name: "coverage-guard", Invariant: "I5", What: "the database refuses a day that is billed twice",
		run: query(sqlCoverageGuard)},
	{Name: "coverage", Invariant: "I5", What: "billed days have a meaning", run: query(sqlCoverage)},
	{Name: "days-once", Invariant: "I5", What: "no day of a source is billed twice in a ledger, nor taken back twice",
		Slow: true, run: query(sqlDaysOnce)},
	{Name: "run-lines", Invariant: "I6", What: "a run's totals are the lines in the log",
		Slow: true, run: query(sqlRunLines)},
	{Name: "run-completed", Invariant: "I6", What: "run.completed agrees with the run's totals",
		run: query(sqlRunCompleted)},
	{Name: "run-shard-completed", Invariant: "I6", What: "run.shard_completed agrees with the counts of the shard",
		run: query(sqlRunShardCompleted)},
	{Name: "documents-issued", Invariant: "I6", What: "a document agrees with what runs billed for it",
		run: query(sqlDocumentsIssued)},
	{Name: "lines-kept", Invariant: "I6", What: "the read model of lines has the lines of the runs",
		Slow: true, run: query(sqlLinesKept)},
	{Name: "documents-kept", Invariant: "I6", What: "the read model of documents has the issued documents",
		run: query(sqlDocumentsKept)},
	{Name: "run-counts", Invariant: "I7", What: "an examined employee was billed or has a reason why not",
		run: query(sqlRunCounts)},
	{Name: "run-positions", Invariant: "I7", What: "the positions that a run names exist", run: query(sqlRunPositions)},
	{Name: "run-totals", Invariant: "I7", What: "totals belong to a run that billed an employee",
		run: query(sqlRunTotals)},
	{Name: "run-once", Invariant: "I13", What: "a run has one business date and one policy in all shards",
		run: query(sqlRunTwice)},
	{Name: "run-names", Invariant: "I13", What: "a run is of the date in its name", run: query(sqlRunNames)},
}

// employeeChecks are those of what time does to employees, and of login names.
var employeeChecks = []Check{
	{Name: "deleted-clean", Invariant: "I10", What: "a deleted employee has no extension and no account left",
		Slow: true, run: query(sqlDeletedClean)},
	{Name: "deleted-early", Invariant: "I10", What: "no employee is deleted early",
		Slow: true, run: query(sqlDeletedEarly)},
	{Name: "overdue", Invariant: "I10", What: "what was due an hour ago is done, or parked", AtRest: true,
		run: query(sqlOverdue)},
	{Name: "logins", Invariant: "I10", What: "a reserved name is its holder's", Slow: true, AtRest: true,
		run: query(sqlLogins)},
}
