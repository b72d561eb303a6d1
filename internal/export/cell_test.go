package export

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tenure/billing"
	"tenure/events"
)

func TestCells_AreSafeForSpreadsheets(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"a text stays", "Sample street 1", "Sample street 1"},
		{"nothing stays", "", ""},
		{"a formula is none", `=HYPERLINK("http://example.com")`, `'=HYPERLINK("http://example.com")`},
		{"a plus begins one too", "+4512345678", "'+4512345678"},
		{"an at sign does", "@SUM(A1)", "'@SUM(A1)"},
		{"a minus does", "-2+3", "'-2+3"},
		{"a credit stays a number", "-12.30", "-12.30"},
		{"whole numbers stay", "-5", "-5"},
		{"a minus alone is no number", "-", "'-"},
		{"two points are no number", "-1.2.3", "'-1.2.3"},
		{"an exponent is no number of ours", "-1e9", "'-1e9"},
		{"a point without digits is no number", "-.5", "'-.5"},
		{"a tab hides what follows", "\t=1+1", "'\t=1+1"},
		{"so does a carriage return", "\r=1+1", "'\r=1+1"},
		{"or a line feed", "\n=1+1", "'\n=1+1"},
		{"a credit's explanation has a sign separate", "−(2 × 95.00) = -44.33", "−(2 × 95.00) = -44.33"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, cell(row.text))
		})
	}
}

// TestCell_NoTextIsAFormula gives any texts, and reads them back as RFC 4180 has it.
func TestCell_NoTextIsAFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[=+\-@\t,"; a1.]{0,12}`).Draw(r, "text")
		var out strings.Builder
		w := csv.NewWriter(&out)
		if err := w.Write([]string{"first", cell(text)}); err != nil {
			r.Fatal(err)
		}
		w.Flush()
		read, err := csv.NewReader(strings.NewReader(out.String())).Read()
		if err != nil {
			r.Fatal(err)
		}
		if strings.TrimPrefix(read[1], "'") != strings.TrimPrefix(text, "'") {
			r.Fatalf("%q became %q", text, read[1])
		}
		if read[1] != "" && strings.ContainsAny(read[1][:1], "=+-@\t\r\n") && !isDecimal(read[1]) {
			r.Fatalf("%q is a formula", read[1])
		}
	})
}

func TestCell_WhoReadsWhat(t *testing.T) {
	t.Parallel()
	reseller, customer := events.Actor{AccessLevel: "RESELLER", Reseller: "r1"},
		events.Actor{AccessLevel: "OWNER", Customer: "c1"}
	for _, row := range []struct {
		name string
		by   events.Actor
		ask  Options
		want Options
		code bool // it is forbidden
	}{
		{"an ADMIN reads all", events.Actor{AccessLevel: "ADMIN"}, Options{}, Options{Ledgers: ledgers}, false},
		{"a RESELLER_ADMIN too, of any reseller", events.Actor{AccessLevel: "RESELLER_ADMIN"}, Options{Reseller: "r2"},
			Options{Ledgers: ledgers, Reseller: "r2"}, false},
		{"a RESELLER reads what it pays and what its customers pay", reseller, Options{},
			Options{Ledgers: ledgers[:2], Reseller: "r1"}, false},
		{"of one of its customers, if it asks for one", reseller, Options{Customer: "c1"},
			Options{Ledgers: ledgers[:2], Reseller: "r1", Customer: "c1"}, false},
		{"but no cost", reseller, Options{Ledgers: []billing.Ledger{billing.Cost}}, Options{}, true},
		{"and nothing of another reseller", reseller, Options{Reseller: "r2"}, Options{}, true},
		{"a RESELLER of no reseller reads nothing", events.Actor{AccessLevel: "RESELLER"}, Options{}, Options{}, true},
		{"an OWNER reads the prices of its customer", customer, Options{}, Options{Ledgers: ledgers[:1], Customer: "c1"},
			false},
		{"but not wholesale", customer, Options{Ledgers: []billing.Ledger{billing.Customer, billing.Reseller}},
			Options{}, true},
		{"nor another customer's", customer, Options{Customer: "c2"}, Options{}, true},
		{"a VIEWER reads no lines", events.Actor{AccessLevel: "VIEWER", Customer: "c1"}, Options{}, Options{}, true},
		{"nobody reads nothing", events.Actor{}, Options{}, Options{}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := row.ask.Within(row.by)
			if row.code {
				require.ErrorIs(t, err, errForbidden)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, row.want, got)
		})
	}
}
