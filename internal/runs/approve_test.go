package runs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
)

func TestApprove_NotByWhoPlanned(t *testing.T) {
	t.Parallel()
	s, d, status := waiting(t)
	plan, err := d.Planner(t.Context(), billing.MustDate("2026-10-31"))
	require.NoError(t, err)
	assert.Equal(t, status.Plan, plan.Digest, "a person finds what the driver found")
	judged, err := d.Judge(t.Context(), plan)
	require.NoError(t, err)
	keep, err := Keep(judged, admin("one"))
	require.NoError(t, err)
	require.Equal(t, domain.StatusApplied, s.answer(keep).Status)
	refused := s.answer(Approve(status.Run, status.Plan, "seen", admin("one")))
	assert.Equal(t, "access_denied: A plan is approved by another ADMIN than planned it", refused.Error.Error())
	assert.Equal(t, domain.StatusApplied, s.answer(Approve(status.Run, status.Plan, "seen", admin("two"))).Status)
	s.ensure(d)
}
