package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
)

func TestSetPolicy(t *testing.T) {
	t.Parallel()
	byAdmin := events.Actor{Employee: "a1", AccessLevel: "ADMIN"}
	set := events.PolicySet{
		Values: map[string]string{"ledgers": "CUSTOMER,RESELLER"}, From: day("2026-06-01"),
		First:  billing.DefaultPolicy().Values(),
		Reason: "wholesale begins", Actor: "a1",
	}
	const data = `{"values":{"ledgers":"CUSTOMER,RESELLER"},"from":"2026-06-01","reason":"wholesale begins"}`
	checkRows(t, "policy/policy", "billing.", []row{
		{name: "a ledger from a day on, with the first values", by: byAdmin, when: "set_policy", data: data,
			then: facts{set}},
		{name: "the same again changes nothing", by: byAdmin, given: facts{set}, when: "set_policy", data: data},
		{name: "from tomorrow where no day is given", by: byAdmin, given: facts{set},
			when: "set_policy", data: `{"values":{"changeDay":"OLD_STATE"},"reason":"x"}`,
			then: facts{events.PolicySet{Values: map[string]string{"changeDay": "OLD_STATE"}, From: day("2026-05-13"),
				Reason: "x", Actor: "a1"}}},
		{name: "not from today", by: byAdmin, when: "set_policy",
			data: `{"values":{"scale":"0"},"from":"2026-05-12","reason":"x"}`,
			code: "422 from: Must be after today: days that began are rated by what held on them"},
		{name: "an unknown key", by: byAdmin, when: "set_policy", data: `{"values":{"tax":"25"},"reason":"x"}`,
			code: "422 values.tax: is not a key of the policy"},
		{name: "a value that contradicts others", by: byAdmin, when: "set_policy",
			data: `{"values":{"anchorDay":"15"},"reason":"x"}`,
			code: "422 values: anchorDay: 15 contradicts alignment CALENDAR"},
		{name: "without a reason", by: byAdmin, when: "set_policy", data: `{"values":{"scale":"0"}}`,
			code: "422 reason: is required"},
		{name: "without values", by: byAdmin, when: "set_policy", data: `{"reason":"x"}`, code: "422 key: is required"},
		{name: "one key with a number", by: byAdmin, given: facts{set}, when: "set_policy",
			data: `{"key":"backdateMonths","value":12,"from":"2027-01-01","reason":"x"}`,
			then: facts{events.PolicySet{Values: map[string]string{"backdateMonths": "12"}, From: day("2027-01-01"),
				Reason: "x", Actor: "a1"}}},
		{name: "one key with a truth", by: byAdmin, given: facts{set}, when: "set_policy",
			data: `{"key":"oneOffCredit","value":true,"reason":"x"}`,
			then: facts{events.PolicySet{Values: map[string]string{"oneOffCredit": "true"}, From: day("2026-05-13"),
				Reason: "x", Actor: "a1"}}},
		{name: "one key with a list", by: byAdmin, given: facts{set}, when: "set_policy",
			data: `{"key":"ledgers","value":["CUSTOMER","COST"],"from":"2026-07-01","reason":"x"}`,
			then: facts{events.PolicySet{Values: map[string]string{"ledgers": "CUSTOMER,COST"}, From: day("2026-07-01"),
				Reason: "x", Actor: "a1"}}},
		{name: "a key without a value", by: byAdmin, when: "set_policy", data: `{"key":"scale","reason":"x"}`,
			code: "422 value: is required"},
		{name: "a value without a key", by: byAdmin, when: "set_policy", data: `{"value":3,"reason":"x"}`,
			code: "422 key: is required"},
		{name: "a key that is none", by: byAdmin, when: "set_policy", data: `{"key":"tax","value":25,"reason":"x"}`,
			code: "422 key: is not a key of the policy"},
		{name: "a key twice", by: byAdmin, when: "set_policy",
			data: `{"key":"scale","value":3,"values":{"scale":"0"},"reason":"x"}`,
			code: "422 values.scale: is given twice"},
		{name: "an empty value", by: byAdmin, when: "set_policy", data: `{"key":"scale","value":"","reason":"x"}`,
			code: "422 value: must be a text that is not empty, a number, true, false, or a list of such texts"},
		{name: "null where a value is needed", by: byAdmin, when: "set_policy",
			data: `{"key":"scale","value":null,"reason":"x"}`,
			code: "422 value: scale: \"null\" is not valid here"},
		{name: "an object", by: byAdmin, when: "set_policy", data: `{"key":"scale","value":{"is":3},"reason":"x"}`,
			code: "422 value: must be a text that is not empty, a number, true, false, or a list of such texts"},
		{name: "not by RESELLER_ADMIN", by: events.Actor{Employee: "a2", AccessLevel: "RESELLER_ADMIN"},
			when: "set_policy", data: `{"key":"backdateMonths","value":12,"reason":"x"}`,
			code: "403 access_denied: Insufficient access level"},
	})
}

func TestPolicy_EachKeyHoldsFromItsDay(t *testing.T) {
	t.Parallel()
	set := func(from string, values map[string]string) events.Event {
		return events.PolicySet{Values: values, From: day(from), First: billing.DefaultPolicy().Values(), Reason: "x",
			Actor: "a1"}
	}
	w := changed(at(noon), "policy/policy",
		set("2026-07-01", map[string]string{"ledgers": "CUSTOMER,RESELLER", "scale": "0"}),
		set("2026-06-01", map[string]string{"changeDay": "OLD_STATE", "scale": "3"}))
	on := func(d string) billing.Policy { return w.Catalog.PolicyOn(day(d), billing.Policy{}) }
	assert.Equal(t, billing.DefaultPolicy().Values(), on("2026-05-31").Values())
	assert.Equal(t, "OLD_STATE", on("2026-06-15").ChangeDay)
	assert.Equal(t, 3, on("2026-06-15").Scale)
	assert.Equal(t, "OLD_STATE", on("2026-07-15").ChangeDay, "what was set for an earlier day holds on")
	assert.Equal(t, 0, on("2026-07-15").Scale, "a later entry of its key stays")
	assert.Len(t, on("2026-07-15").Ledgers, 2)
	assert.True(t, w.Catalog.Policies().Begins(day("2026-06-01")))
	assert.Equal(t, billing.Policy{}, domain.EmptyCatalog().PolicyOn(day("2026-06-01"), billing.Policy{}))
}

func TestPolicy_ALedgerBeginsAtItsDay(t *testing.T) {
	t.Parallel()
	e := employee(t, created.and(addon("a1", "licence", "2026-01-15"))...)
	w := changed(at(noon), "policy/policy", events.PolicySet{
		Values: map[string]string{"ledgers": "CUSTOMER,COST"}, From: day("2026-07-01"),
		First: billing.DefaultPolicy().Values(), Reason: "x", Actor: "a1",
	})
	w = changed(w, "product/licence", events.PriceSet{Ledger: billing.Cost, From: day("2000-01-01"), Amount: price("5")})
	night := func(on string) (lines []string) {
		w.Now, w.Policy = w.Midnight(day(on)), w.Catalog.PolicyOn(day(on), w.Policy)
		decided, _, err := e.Invoice(w, "run", day(on))
		assert.NoError(t, err)
		fold(e, decided...)
		for _, event := range decided {
			if invoiced, ok := event.(events.EmployeeInvoiced); ok {
				for i := range invoiced.Lines {
					l := &invoiced.Lines[i]
					lines = append(lines, string(l.Ledger)+" "+l.Period.String()+": "+l.Formula())
				}
			}
		}
		return lines
	}
	assert.Equal(t, []string{"CUSTOMER 2026-01-15 to 2026-12-31: 1 × 12.00 × 358/31 = 138.58"}, night("2026-06-01"))
	assert.Equal(t, day("2026-07-01"), e.BillDue(w))
	assert.Equal(t, []string{"COST 2026-07-01 to 2026-12-31: 1 × 5.00 × 6 = 30.00"}, night("2026-07-01"))
}
