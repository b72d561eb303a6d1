package billing

import (
	"fmt"
	"testing"
)

// benchAccount is a user product and two addons, with ids of the usual length.
func benchAccount(start Date) (*Account, Products) {
	catalog := Products{}
	account := &Account{
		Employee: "5f1e0b5c9d3e2a0012345678", Customer: "5f1e0b5c9d3e2a0012340001", Reseller: "5f1e0b5c9d3e2a0012340002",
		Currency: "DKK", Billed: &Billed{},
	}
	for i, price := range []string{"49.00", "95.00", "12.50"} {
		p, w, c := MustAmount(price), MustAmount("20.00"), MustAmount("8.00")
		id := fmt.Sprintf("5f1e0b5c9d3e2a00123400%02d", 10+i)
		catalog[id] = &Product{ID: id, Recurrence: Monthly, Price: Always(&p), Wholesale: Always(&w), Cost: Always(&c)}
		source := Source{ID: fmt.Sprintf("5f1e0b5c9d3e2a00123450%02d", i), Products: Always(id), Start: start,
			Units: Always(One)}
		if i == 0 {
			source.ID, source.Units = ProductSource, nil
		}
		account.Sources = append(account.Sources, source)
	}
	return account, catalog
}

func benchPolicy(b *testing.B, ledgers ...Ledger) *Policy {
	b.Helper()
	p := DefaultPolicy()
	p.Ledgers = ledgers
	p, err := p.Ready()
	if err != nil {
		b.Fatal(err)
	}
	return &p
}

func benchDue(b *testing.B, start, asOf string, billedTo string, ledgers ...Ledger) {
	b.Helper()
	account, catalog := benchAccount(MustDate(start))
	policy := benchPolicy(b, ledgers...)
	if billedTo != "" {
		due, err := account.Due(catalog, policy, MustDate(billedTo))
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range due.Lines {
			account.Billed.Apply(l)
		}
	}
	day, lines := MustDate(asOf), 0
	b.ReportAllocs()
	for b.Loop() {
		due, err := account.Due(catalog, policy, day)
		if err != nil {
			b.Fatal(err)
		}
		lines = len(due.Lines)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "employees/s")
	b.ReportMetric(float64(lines), "lines")
}

// One month due for an account billed for two years: the night of the first.
func BenchmarkDue_MonthDue(b *testing.B) {
	benchDue(b, "2024-01-15", "2026-02-01", "2026-01-01", Customer)
}

func BenchmarkDue_MonthDueTwoLedgers(b *testing.B) {
	benchDue(b, "2024-01-15", "2026-02-01", "2026-01-01", Customer, Reseller)
}

// A catch-up of the most periods that one run may charge.
func BenchmarkDue_36Months(b *testing.B) { benchDue(b, "2023-02-01", "2026-01-01", "", Customer) }

// The same night again: nothing to do.
func BenchmarkDue_Nothing(b *testing.B) {
	benchDue(b, "2024-01-15", "2026-01-15", "2026-01-01", Customer)
}

func BenchmarkNextDue(b *testing.B) {
	account, catalog := benchAccount(MustDate("2024-01-15"))
	policy := benchPolicy(b, Customer)
	day := MustDate("2026-01-01")
	due, err := account.Due(catalog, policy, day)
	if err != nil {
		b.Fatal(err)
	}
	for _, l := range due.Lines {
		account.Billed.Apply(l)
	}
	b.ReportAllocs()
	for b.Loop() {
		if account.NextDue(catalog, policy, day) != MustDate("2026-02-01") {
			b.Fatal("not the next period")
		}
	}
}
