package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/store"
)

// moments opens the employee as it is, as it was, and before it existed.
func (s *system) moments(t *testing.T) {
	v := s.signedIn()
	const path = "/employees/" + employee
	_, page := v.get(path)
	assert.Contains(t, page, "At a glance")
	assert.Contains(t, page, "<td>1 Nov 2026 to …<br></td>", "the product, which goes on")
	assert.Contains(t, page, "Billed: product")
	assert.Contains(t, page, "1 Nov 2026 to 30 Nov 2026", "the days that the run billed")

	code, page := v.get(path + "?at=2026-10-31T12:00&with=2026-11-01T12:00")
	require.Equal(t, http.StatusOK, code)
	assert.Contains(t, page, "tenure employee diff "+employee+" --from 2026-10-31T11:00:00Z --to 2026-11-01T11:00:00Z",
		"moments are in the billing zone, the line is in UTC")
	assert.Contains(t, page, "covered.", "what the run billed differs")
	assert.NotContains(t, page, "Nothing differs")
	_, page = v.get(path + "?at=2026-01-01T00:00")
	assert.Contains(t, page, "did not exist then")
	assert.Contains(t, page, "***", "personal values are hidden")
	_, page = v.get(path + "?at=yesterday")
	assert.Contains(t, page, "A moment is a date and a time")
}

// replayForms makes a line, pauses what runs, and accepts what topics hold.
func (s *system) replayForms(t *testing.T) {
	v := s.signedIn()
	_, page := v.get("/replays?topic=week-30&from=2026-10-30&rate=500/s&reason=" + url.QueryEscape("it's lost there"))
	assert.Contains(t, page, "tenure replay start --target topic:week-30 --from 2026-10-30 --rate 500/s --reason "+
		"&#39;it&#39;\\&#39;&#39;s lost there&#39; --yes")
	assert.Contains(t, page, "tenure replay plan --target topic:week-30 --from 2026-10-30</pre>")
	_, page = v.get("/replays?topic=week-30&reason=short")
	assert.Contains(t, page, "at least 8 characters")
	assert.NotContains(t, page, "tenure replay start --target")

	require.NoError(t, s.node.Store.CreateReplay(t.Context(), store.Replay{Name: "week-30", Target: "week-30",
		Filter: []byte("{}"), Reason: "the topic was truncated", Who: "test"}))
	code, page := v.act("/replays", "replay-pause", url.Values{"of": {"week-30"}, "reason": {"the consumer is slow"}})
	require.Equal(t, http.StatusOK, code, page)
	assert.Contains(t, heading(page), "Paused")
	_, page = v.get("/replays")
	assert.Contains(t, page, "continues with: tenure replay resume week-30")

	code, page = v.act("/replays", "accept", url.Values{"of": {"relay/1"}, "reason": {"the backup of last night"}})
	require.Equal(t, http.StatusOK, code, page)
	assert.Contains(t, heading(page), "Accepted in 1 place")
	assert.Contains(t, page, "tenure replay accept --reader relay --shard 1 --reason")
	code, page = v.act("/replays", "accept", url.Values{"of": {"all"}, "reason": {"the backup of last night"}})
	require.Equal(t, http.StatusOK, code, page)
	marks, err := s.node.Store.Marks(t.Context(), "outcomes")
	require.NoError(t, err)
	assert.False(t, marks[1].Accepted.IsZero())
	code, _ = v.act("/replays", "accept", url.Values{"of": {"relay/999"}, "reason": {"the backup of last night"}})
	assert.Equal(t, http.StatusNotFound, code)
}

func (s *system) clusterSections(t *testing.T) {
	_, page := s.signedIn().get("/cluster")
	for _, want := range []string{"Topics of commands", "employee.commands", "Connections to PostgreSQL: ", "Tokens",
		"rights without an employee", "tenure token revoke TOKEN"} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, s.token, "no value of a token")
}

func (s *system) auditDays(t *testing.T) {
	db := s.connect()
	require.NoError(t, s.node.Store.KeepAudit(t.Context(), []store.AuditRecord{{ID: "I2", Name: "positions are dense",
		Broken: 2, Detail: "1:7"}}))
	_, err := db.Exec(t.Context(), "UPDATE audits SET at = at - INTERVAL '3 days'")
	require.NoError(t, err)
	require.NoError(t, s.node.Store.KeepAudit(t.Context(), []store.AuditRecord{{ID: "I2", Name: "positions are dense"}}))
	v := s.signedIn()
	_, page := v.get("/proofs")
	assert.Contains(t, heading(page), "Every invariant held")
	assert.Contains(t, page, "none in the 3 d", "a night without an audit is seen")
	_, rest, found := strings.Cut(page, "1 broken")
	require.True(t, found, rest)
	audits, err := s.node.Store.Audits(t.Context(), 10)
	require.NoError(t, err)
	code, page := v.get("/proofs?at=" + audits[1].At.UTC().Format("2006-01-02T15:04:05.999999999Z07:00"))
	require.Equal(t, http.StatusOK, code)
	assert.Contains(t, heading(page), "This audit found 1 broken invariant")
	assert.Contains(t, page, "1:7")
	code, _ = v.get("/proofs?at=never")
	assert.Equal(t, http.StatusNotFound, code)
}
