package worker_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/runs"
	"tenure/internal/runstate"
)

const october = "nightly/2026-10-31"

// TestAcknowledge_OfSomeLinesIsDecidedFromTheLog: no reader of this system writes the read model of lines.
func TestAcknowledge_OfSomeLinesIsDecidedFromTheLog(t *testing.T) {
	t.Parallel()
	s := afterOctober(t)
	lines := s.lines()
	require.NotEmpty(t, lines)
	ref := lines[0].DocumentRef
	known := map[uuid.UUID]bool{}
	for _, l := range lines {
		known[l.ID] = l.DocumentRef == ref
	}
	require.Greater(t, len(known), 1)
	for _, row := range []struct {
		id     string
		hash   uuid.UUID
		status string
	}{{"some", lines[0].ID, domain.StatusApplied}, {"others", uuid.UUID{1}, domain.StatusRejected}} {
		o := acknowledge(row.id, ref, october, row.hash)
		s.send(o)
		outcome := s.outcome(o)
		require.Equal(t, row.status, outcome.Status, "%+v", outcome.Error)
		if outcome.Error != nil {
			require.Equal(t, "hash", outcome.Error.Code)
		}
	}
	s.audited()
}

// acknowledge says that one line of a document is booked.
func acknowledge(id, ref, run string, line uuid.UUID) command.Command {
	return order("billing.acknowledge.v1", ref, id, object{"integration": "sample", "run": run, "lines": 1, "hash": line})
}

// TestCommandsOfRuns_WaitForWhatIsStillToCome sends what needs a run before the run is through.
func TestCommandsOfRuns_WaitForWhatIsStillToCome(t *testing.T) {
	t.Parallel()
	s := afterOctober(t)
	run := startNovember(s)
	ref := "2026-11/CUSTOMER/" + customer + "/DKK"
	end := order("run.complete.v1", run, "complete/"+run, domain.CompleteRun{})
	issue := order("billing.issue_document.v1", ref, "issue/"+ref, domain.IssueDocument{Run: run})
	none := acknowledge("none", ref, "nightly/2026-10-30", uuid.UUID{1})
	later := acknowledge("later", ref, "nightly/2026-11-03", uuid.UUID{1})
	unreal := acknowledge("unreal", ref, "nightly", uuid.UUID{1})
	booked := acknowledge("booked", ref, run, uuid.UUID{1})
	s.send(none, later, unreal)
	for _, o := range []command.Command{none, later, unreal} {
		outcome := s.outcome(o)
		require.NotNil(t, outcome.Error)
		require.Equal(t, 404, outcome.Error.Status, "%s: no such run can come", o.ID)
	}
	s.send(booked, issue, end)
	s.night()
	outcome := s.outcome(end)
	require.Equal(t, domain.StatusApplied, outcome.Status, "%+v", outcome.Error)
	outcome = s.outcome(booked)
	require.NotNil(t, outcome.Error)
	require.NotEqual(t, domain.CodeNotReady, outcome.Error.Code)
	s.outcome(issue)
	s.audited()
}

// startNovember plans and starts the night of 1 November; its shards do not open it.
func startNovember(s *system) (run string) {
	s.t.Helper()
	t, d, by := s.t, s.driver(), runs.Who{Actor: events.Actor{AccessLevel: "ADMIN"}}
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-11-01"))
	require.NoError(t, err)
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	keep, err := runs.Keep(judged, by)
	require.NoError(t, err)
	keep.At = time.Now()
	s.send(keep)
	require.Equal(t, domain.StatusApplied, s.outcome(keep).Status)
	planned, err := runstate.Read(t.Context(), s.store, plan.Run)
	require.NoError(t, err)
	start := runs.Start(planned, 0, by)
	start.At = time.Now()
	s.send(start)
	require.Equal(t, domain.StatusApplied, s.outcome(start).Status, "its shards have not opened it")
	return plan.Run
}
