package worker

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"tenure/billing"
	"tenure/events"
)

// employeesShown bounds the employees that a plan names for what they are billed.
const employeesShown = 50

// keyedSum is a sum of an employee: of few there are, a list takes a tenth of what a map does.
type keyedSum struct {
	key [2]string // ledger and currency
	planSum
}

// addTo adds a line to the sum of its key.
func addTo(sums []keyedSum, key [2]string, amount decimal.Decimal) []keyedSum {
	for i := range sums {
		if sums[i].key == key {
			sums[i].add(1, amount)
			return sums
		}
	}
	return append(sums, keyedSum{key, planSum{1, amount}})
}

// named reports whether a sum of an employee is one of those that a plan names.
func (t *tally) named(ledger string, amount decimal.Decimal) bool {
	if ledger != string(billing.Customer) {
		return false
	}
	return len(t.employees) < employeesShown || !amount.Abs().LessThan(t.employees[employeesShown-1].Amount.Abs())
}

// name keeps an employee whose sum is among the largest that customers are billed.
func (t *tally) name(lines []billing.Line, sums []keyedSum) {
	for i := range sums {
		key, sum := sums[i].key, &sums[i].planSum
		if !t.named(key[0], sum.amount) {
			continue
		}
		one := events.PlanEmployee{Employee: lines[0].Employee, PlanTotal: t.total(key[0], key[1], sum)}
		at, _ := slices.BinarySearchFunc(t.employees, one, bySize)
		if at < employeesShown {
			t.employees = slices.Insert(t.employees, at, one)
			t.employees = t.employees[:min(len(t.employees), employeesShown)]
		}
	}
}

// bySize puts the largest sum first, and those of one size in the order of their employees.
func bySize(a, b events.PlanEmployee) int {
	return cmp.Or(b.Amount.Abs().Cmp(a.Amount.Abs()), cmp.Compare(a.Employee, b.Employee),
		cmp.Compare(a.Currency, b.Currency))
}
