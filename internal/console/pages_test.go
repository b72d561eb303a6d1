package console

import (
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/projections"
)

func TestChange_NamesPercentOfWhatWas(t *testing.T) {
	t.Parallel()
	d := decimal.RequireFromString
	for _, row := range []struct{ was, is, want string }{
		{"100", "139.9", "+39.9 %"}, {"100", "65.4", "\u221234.6 %"}, {"0", "5", "–"}, {"100", "100", "0.0 %"},
		{"-50", "-25", "+50.0 %"},
	} {
		assert.Equal(t, row.want, change(d(row.was), d(row.is)), "%s to %s", row.was, row.is)
	}
}

func TestMonthPage_BeginsOnMonday(t *testing.T) {
	t.Parallel()
	november := billing.MustDate("2026-11-01") // a Sunday
	m := monthPage(november, map[billing.Date]night{november: {Date: november, Run: "nightly/2026-11-01",
		State: nightCompleted}})
	assert.Equal(t, "November 2026", m.Name)
	assert.Len(t, m.Weeks, 6)
	first := m.Weeks[0]
	assert.Zero(t, first[5].Day, "Saturday is of October")
	assert.Equal(t, 1, first[6].Day)
	assert.True(t, first[6].First)
	assert.Equal(t, status.ShapeOK, first[6].Shape())
	for _, week := range m.Weeks {
		assert.Len(t, week, 7)
	}
	assert.Equal(t, 30, m.Weeks[5][0].Day)
}

func TestNight_FoldsItsEvents(t *testing.T) {
	t.Parallel()
	total := func(text string) events.Money { return events.NewMoney(decimal.RequireFromString(text), 2) }
	var n night
	n.fold(events.Recorded{Event: events.RunPlanned{Breaches: []events.Breach{{Bound: "run-max-amount"}},
		Summary: events.PlanSummary{Billed: 2, Totals: []events.PlanTotal{
			{Ledger: billing.Reseller, Currency: "DKK", Amount: total("40.00")},
			{Ledger: billing.Customer, Currency: "DKK", Amount: total("79.00")},
		}}}}, "DKK")
	assert.Equal(t, status.ShapeWait, n.Shape(), "a plan that exceeds a bound")
	assert.Equal(t, "79", n.Planned.String())
	n.fold(events.Recorded{Event: events.RunStarted{}}, "DKK")
	assert.Equal(t, status.ShapeRun, n.Shape())
	n.fold(events.Recorded{Event: events.RunCompleted{Billed: 2, Totals: []events.ControlTotal{{Ledger: billing.Customer,
		Currency: "DKK", Amount: total("78.00")}}}}, "DKK")
	assert.Equal(t, status.ShapeOK, n.Shape())
	assert.Equal(t, "78", n.Billed.String())
	n.Date = billing.MustDate("2026-11-01")
	assert.Equal(t, "1 Nov 2026: 78.00 DKK", n.sentence("DKK"))
	n.fold(events.Recorded{Event: events.RunAbandoned{}}, "DKK")
	assert.Equal(t, status.ShapeBad, n.Shape())
}

func TestBeside_PutsACorrectionUnderWhatItCorrects(t *testing.T) {
	t.Parallel()
	line := func(n byte, kind billing.Kind, corrects byte) projections.Line {
		l := projections.Line{}
		l.ID, l.Kind = uuid.UUID{n}, kind
		if corrects != 0 {
			l.CorrectsLine = uuid.UUID{corrects}
		}
		return l
	}
	got := beside([]projections.Line{
		line(1, billing.Charge, 0), line(2, billing.Charge, 0), line(3, billing.Credit, 1), line(4, billing.Credit, 9),
	})
	var order []byte
	for _, l := range got {
		order = append(order, l.ID[0])
	}
	assert.Equal(t, []byte{1, 3, 2, 4}, order, "one whose line is in another document stays where it was")
}

func TestPlaceOf_ReadsWhatTheCommandLineTakes(t *testing.T) {
	t.Parallel()
	m := store.Parked{Topic: "employee.commands", Partition: 3, Offset: 17}
	topic, partition, offset, ok := placeOf(nameOf(m))
	assert.True(t, ok)
	assert.Equal(t, m, store.Parked{Topic: topic, Partition: partition, Offset: offset})
	for _, text := range []string{"", "employee.commands", "employee.commands/x/1", "employee.commands/1/x", "a/b/c/d"} {
		_, _, _, ok = placeOf(text)
		assert.False(t, ok, text)
	}
}

func TestQuoted_IsOneWordOfAShell(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `'a customer'\''s reason; rm'`, quoted("a customer's reason; rm"))
}

func TestNavigate_MarksOneEntryAndCounts(t *testing.T) {
	t.Parallel()
	parked := store.ParkedCount{Messages: 17}
	for path, want := range map[string]string{
		"/": "Tonight", "/runs": "Runs", "/runs/nightly/2026-11-01": "Runs", "/document/2026-11/CUSTOMER/x/DKK": "Documents",
		"/employees/5e": "Employees", "/switches": "Switches",
	} {
		var current []string
		notes := map[string]string{}
		for _, e := range navigate(path, 1, parkedNote(parked)) {
			if e.Current {
				current = append(current, e.Label)
			}
			notes[e.Label] = e.Note
		}
		assert.Equal(t, []string{want}, current, path)
		assert.Equal(t, "17", notes["Parked"])
		assert.Equal(t, "1", notes["Switches"])
		assert.Empty(t, notes["Runs"])
	}
}

func TestChartOf_ScalesToItsTallest(t *testing.T) {
	t.Parallel()
	day := billing.MustDate("2026-11-01")
	c := chartOf([]billing.Date{day, day + 1}, map[billing.Date]night{
		day: {Run: "a", State: nightCompleted, HasPlan: true, Planned: decimal.NewFromInt(50),
			Billed: decimal.NewFromInt(100)},
		day + 1: {Run: "b", State: nightPlanned, HasPlan: true, Planned: decimal.NewFromInt(200)},
	}, "DKK")
	assert.Equal(t, "200", c.Top)
	assert.Contains(t, string(c.Drawing), `class="bar" x="0.18" y="50.0"`)
	assert.Contains(t, string(c.Drawing), `class="bar-o" x="1.18" y="0.0"`, "planned and not billed is an outline")
	assert.Contains(t, c.Label, "1 runs from 1 Nov 2026 to 2 Nov 2026, at most 200 DKK")
}

func TestDocumentPage_ListsLaterCorrectionsOfOtherDocuments(t *testing.T) {
	t.Parallel()
	const ref, later = "2026-11/CUSTOMER/5c0000000000000000000001/DKK", "2026-12/CUSTOMER/5c0000000000000000000001/DKK"
	line := func(n byte, document string, corrects byte) projections.Line {
		l := projections.Line{}
		l.ID, l.DocumentRef = uuid.UUID{n}, document
		if corrects != 0 {
			l.CorrectsLine = uuid.UUID{corrects}
		}
		return l
	}
	p := documentPage{Ref: ref}
	p.correct([]projections.Line{line(1, ref, 0), line(2, ref, 0), line(3, ref, 1)},
		[]projections.Line{line(3, ref, 1), line(4, later, 2), line(5, "", 1)})
	var got [][2]byte
	for _, c := range p.Corrections {
		got = append(got, [2]byte{c.ID[0], c.Corrects.ID[0]})
	}
	assert.Equal(t, [][2]byte{{4, 2}, {5, 1}}, got, "that of the same document stands under its line; an open one counts")
}
