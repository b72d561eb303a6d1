package booking

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

// The lines of a run, in two documents.
var (
	bookedLine  = billing.Line{ID: uuid.MustParse("00000000-0000-0000-0000-000000000001"), DocumentRef: "a"}
	otherLine   = billing.Line{ID: uuid.MustParse("00000000-0000-0000-0000-000000000002"), DocumentRef: "a"}
	anotherLine = billing.Line{ID: uuid.MustParse("00000000-0000-0000-0000-000000000004"), DocumentRef: "b"}
)

func TestBooking_SortsLinesIntoDocuments(t *testing.T) {
	t.Parallel()
	refused := []events.LineRefused{{Line: otherLine.ID, Message: "Unknown account"}}
	for _, row := range []struct {
		name    string
		booked  map[uuid.UUID]bool
		refused map[uuid.UUID]string
		want    map[string]domain.AcknowledgeDocument
		unknown bool
	}{
		{"all of them", nil, nil, map[string]domain.AcknowledgeDocument{
			"a": {Lines: 2, Hash: billing.CombineHashes(bookedLine.ID, otherLine.ID)}, "b": {Lines: 1, Hash: anotherLine.ID}},
			false},
		{"all but one that was refused", nil, map[uuid.UUID]string{otherLine.ID: "Unknown account"},
			map[string]domain.AcknowledgeDocument{
				"a": {Lines: 1, Hash: bookedLine.ID, Refused: refused}, "b": {Lines: 1, Hash: anotherLine.ID}}, false},
		{"one of them: the other document is left alone", map[uuid.UUID]bool{bookedLine.ID: true}, nil,
			map[string]domain.AcknowledgeDocument{"a": {Lines: 1, Hash: bookedLine.ID}}, false},
		{"one that is booked and refused is refused", map[uuid.UUID]bool{bookedLine.ID: true, otherLine.ID: true},
			map[uuid.UUID]string{otherLine.ID: "Unknown account"},
			map[string]domain.AcknowledgeDocument{"a": {Lines: 1, Hash: bookedLine.ID, Refused: refused}}, false},
		{"one that the run does not have", map[uuid.UUID]bool{uuid.Max: true}, nil, map[string]domain.AcknowledgeDocument{},
			true},
		{"one that the run does not have was refused", map[uuid.UUID]bool{}, map[uuid.UUID]string{uuid.Max: "m"},
			map[string]domain.AcknowledgeDocument{}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBooking(Acknowledgement{Booked: row.booked, Refused: row.refused})
			for _, l := range []billing.Line{bookedLine, otherLine, anotherLine} {
				b.add(&l)
			}
			got := map[string]domain.AcknowledgeDocument{}
			for ref, d := range b.documents {
				got[ref] = *d
			}
			require.Equal(t, row.want, got)
			require.Equal(t, row.unknown, b.unknownLines() != nil)
		})
	}
}

func TestRefusals_PairsLinesWithMessages(t *testing.T) {
	t.Parallel()
	one, two := bookedLine.ID.String(), otherLine.ID.String()
	for _, row := range []struct {
		name              string
		refused, messages []string
		want              map[uuid.UUID]string
		err               string
	}{
		{"none", nil, nil, map[uuid.UUID]string{}, ""},
		{"one each", []string{one, two}, []string{"first", "second"},
			map[uuid.UUID]string{bookedLine.ID: "first", otherLine.ID: "second"}, ""},
		{"one for all", []string{one, two}, []string{"both"},
			map[uuid.UUID]string{bookedLine.ID: "both", otherLine.ID: "both"}, ""},
		{"too few", []string{one, two, one}, []string{"first", "second"}, nil, "give one for all, or one each"},
		{"none for one", []string{one}, nil, nil, "0 messages given"},
		{"no id", []string{"4711"}, []string{"m"}, nil, `"4711" is not the id of a line`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := Refusals(row.refused, row.messages)
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, row.want, got)
		})
	}
}

func TestReadIDs_ReadsListsAndExports(t *testing.T) {
	t.Parallel()
	one, two := bookedLine.ID.String(), otherLine.ID.String()
	both := map[uuid.UUID]bool{bookedLine.ID: true, otherLine.ID: true}
	for _, row := range []struct{ name, content, err string }{
		{"one id a line", one + "\n\n" + two + "\n", ""},
		{"an export, but for its heading and its total", "lineId,kind\r\n" + one + ",CHARGE\r\n" + two +
			",CREDIT\r\nTOTAL,TOTAL\r\n", ""},
		{"an export with a reason of two lines", "lineId,reason\r\n" + one + ",\"goodwill,\r\nas promised\"\r\n" + two +
			",\r\nTOTAL,\r\n", ""},
		{"the same id twice", one + "\n" + two + "\n" + one + "\n", ""},
		{"something else", one + "\nhello\n", `:2: "hello" is not the id of a line`},
		{"a heading in the middle", one + "\nlineId,kind\n", `:2: "lineId" is not the id of a line`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := ReadIDs(strings.NewReader(row.content), "lines")
			if row.err != "" {
				require.ErrorContains(t, err, row.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, both, got)
		})
	}
}
