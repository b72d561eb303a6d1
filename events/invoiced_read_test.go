package events

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"tenure/billing"
)

// billed is what a run makes of an employee with a few lines.
func billed(lines int) EmployeeInvoiced {
	from := billing.MustDate("2026-06-01")
	e := EmployeeInvoiced{Run: "nightly/2026-06-01", AsOf: from}
	for n := range lines {
		e.Lines = append(e.Lines, billing.Line{
			ID: uuid.NewSHA1(uuid.Nil, []byte{byte(n)}), Kind: billing.Charge, Ledger: billing.Customer, Employee: "employee-1",
			BillTo: "customer-1",
			Source: billing.ProductSource, Product: "product-1", Period: billing.Period{From: from, To: from.AddMonths(1, 1)},
			Units:     billing.One,
			UnitPrice: billing.MustAmount("95"), Months: billing.Ratio{Num: 1, Den: 1},
			Amount: billing.MustAmount("95"), Scale: 2,
			Currency: "DKK", Reason: "PERIOD", Recurrence: "MONTHLY", DocumentRef: "2026-06/CUSTOMER/customer-1/DKK",
			Events: []string{"a", "b"},
		})
	}
	return e
}

func TestInvoiced_IsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	t.Parallel()
	for lines := 1; lines < 5; lines++ {
		raw, err := Encode(billed(lines))
		require.NoError(t, err)
		var want EmployeeInvoiced
		require.NoError(t, json.Unmarshal(raw, &want))
		got, lines, ok := readInvoiced(raw)
		require.True(t, ok, "%s", raw)
		require.Equal(t, want, got)
		sameLines(t, raw, lines)
		decoded, err := Decode(want.EventType(), raw)
		require.NoError(t, err)
		require.Equal(t, want, decoded)
	}
}

func TestInvoiced_OtherFormsAreReadByTheStandardLibrary(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/golden/employee.invoiced.v1.json")
	require.NoError(t, err)
	raw, err := Encode(billed(2))
	require.NoError(t, err)
	sound := string(raw)
	for name, text := range map[string]string{
		"reviews behind the lines": string(golden),
		"no lines":                 `{"run":"r","asOf":"2026-06-01","lines":[]}`,
		"no list":                  `{"run":"r","asOf":"2026-06-01","lines":null}`,
		"another order":            `{"asOf":"2026-06-01","run":"r","lines":[]}`,
		"an escape":                strings.Replace(sound, "nightly", `\u006eightly`, 1),
		"a blank":                  strings.Replace(sound, `"lines":[`, `"lines": [`, 1),
		"a property behind":        strings.TrimSuffix(sound, "}") + `,"more":1}`,
	} {
		_, _, ok := readInvoiced([]byte(text))
		require.False(t, ok, name)
		var want EmployeeInvoiced
		require.NoError(t, json.Unmarshal([]byte(text), &want), name)
		got, err := Decode(want.EventType(), []byte(text))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
		_, lines, err := DecodeInvoiced([]byte(text))
		require.NoError(t, err, name)
		sameLines(t, []byte(text), lines)
	}
	for name, text := range map[string]string{
		"cut off":              sound[:len(sound)-20],
		"nothing":              "",
		"a day that is none":   strings.Replace(sound, `"asOf":"2026-06-01"`, `"asOf":"2026-06-31"`, 1),
		"lines without commas": strings.Replace(sound, `},{"lineId"`, `}{"lineId"`, 1),
		"something behind":     sound + "}",
	} {
		_, err := Decode(EmployeeInvoiced{}.EventType(), []byte(text))
		require.Error(t, err, name)
	}
}

func BenchmarkDecodeInvoiced(b *testing.B) {
	raw, err := Encode(billed(6))
	require.NoError(b, err)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Decode(EmployeeInvoiced{}.EventType(), raw)
	}
}

// sameLines compares the stored lines that were found with those that the standard library finds.
func sameLines(t *testing.T, raw []byte, lines [][]byte) {
	t.Helper()
	var stored struct {
		Lines []json.RawMessage `json:"lines"`
	}
	require.NoError(t, json.Unmarshal(raw, &stored))
	require.Len(t, lines, len(stored.Lines))
	for i := range lines {
		require.Equal(t, string(stored.Lines[i]), string(lines[i]))
	}
}
