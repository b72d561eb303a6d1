package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/events"
)

// callers are one for each level, of customer c1 and reseller r1, lowest first.
var callers = []events.Actor{byNobody, byPersonal, byViewer, byManager, byOwner, byReseller, byResellerAdmin, byAdmin}

// TestContract_Levels is who may do what, a row for each sort of operation: whom each level reaches, as letters for
// itself, its own customer, another of its reseller, and another reseller's.
func TestContract_Levels(t *testing.T) {
	t.Parallel()
	for row, c := range map[string]struct {
		operation int
		reaches   []string // NO_LOGIN, PERSONAL, VIEWER, MANAGER, OWNER, RESELLER, RESELLER_ADMIN, ADMIN
	}{
		"create: VIEWER, MANAGER and OWNER in their customer, RESELLER in its customers, all above": {0,
			[]string{"", "", "c", "c", "c", "cr", "cra", "cra"}},
		"update: MANAGER and OWNER their customer, RESELLER its customers, all above": {1,
			[]string{"", "", "", "c", "c", "cr", "cra", "cra"}},
		"update of oneself: from PERSONAL on": {2,
			[]string{"", "s", "s", "sc", "sc", "scr", "scra", "scra"}},
		"delete: not VIEWER": {3,
			[]string{"", "", "", "c", "c", "cr", "cra", "cra"}},
	} {
		for level, want := range c.reaches {
			for i, letter := range "scra" {
				by := callers[level]
				if letter == 's' && c.operation != 2 {
					continue // nobody creates itself, and what holds for its customer holds for its
				}
				got := asked(t, by, c.operation, i)
				assert.Equal(t, strings.ContainsRune(want, letter), !isRefused(got), "%s: %s and %s: %s", row, by.AccessLevel,
					whom[i].name, got)
			}
		}
	}
}

// TestContract_AssigningLevels: nobody gives a level above its own, and reseller levels are for a reseller's own
// company.
func TestContract_AssigningLevels(t *testing.T) {
	t.Parallel()
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "above one's own", by: byManager, when: "create",
			data: with(`"accessLevel":"OWNER","emailAddress":"s01@example.com"`),
			code: "403 accessLevel: You cannot assign access level higher than your own"},
		{name: "one's own", by: byManager, when: "create",
			data: with(`"accessLevel":"MANAGER","emailAddress":"s01@example.com"`),
			then: facts{newcomer(func(e *events.EmployeeCreated) {
				e.AccessLevel, e.Personal["emailAddress"] = "MANAGER", raw(`"s01@example.com"`)
			})}},
		{
			name: "a reseller level in a regular customer",
			by:   byAdmin,
			when: "create",
			data: with(`"customer":"c1","accessLevel":"RESELLER","emailAddress":"s01@example.com"`),
			code: "403 accessLevel: Cannot assign reseller rights to a regular customer employee",
		},
		{
			name: "a reseller level in a reseller's own company",
			by:   byReseller,
			when: "create",
			data: with(`"accessLevel":"RESELLER","emailAddress":"s01@example.com"`),
			then: facts{newcomer(func(e *events.EmployeeCreated) {
				e.Customer, e.AccessLevel, e.Personal["emailAddress"] = "own", "RESELLER", raw(`"s01@example.com"`)
			})},
		},
	})
}

// settables are what only some levels may set: the property, a value, the lowest level, and the level that its holder
// needs.
var settables = []struct{ property, value, least, holder string }{
	{"notifyOnGeneralUsageLimitReseller", "true", "RESELLER", ""},
	{"notifyOnNewMvnoAccountReseller", "true", "RESELLER", ""},
	{"notifyOnNewSipAccountReseller", "true", "RESELLER", ""}, {"notifyOnNewPortingReseller", "true", "RESELLER", ""},
	{"organizationResellers", `["r2"]`, "RESELLER_ADMIN", ""}, {"features", `["HUMAN_TASK"]`, "ADMIN", ""},
	{"features", `["PORTING"]`, "RESELLER_ADMIN", "RESELLER_ADMIN"},
	{"features", `["TELE"]`, "RESELLER_ADMIN", "RESELLER_ADMIN"},
	{"features", `["FINANCE"]`, "RESELLER_ADMIN", "RESELLER_ADMIN"},
	{"features", `["TV"]`, "RESELLER_ADMIN", "RESELLER_ADMIN"},
	{"features", `["HELPCENTER"]`, "RESELLER_ADMIN", "RESELLER_ADMIN"}, {"features", `["PLAYMAKERSTATUS"]`, "MANAGER", ""},
	{"features", `["DASHBOARD_EDITOR"]`, "MANAGER", ""}, {"features", `["FLEXCARESWAP"]`, "MANAGER", ""},
}

// TestContract_WhoMaySet: what a caller may not set is ignored and not refused.
func TestContract_WhoMaySet(t *testing.T) {
	t.Parallel()
	for _, c := range settables {
		for level, by := range callers[3:] {
			by.Customer, by.Reseller = "c1", "r1"
			w := at(noon)
			w.Actor = by
			decide := func(holder string) int {
				got, err := order(employee(t, of(holder, nil, events.Attributes{"emailAddress": raw(`"s01@example.com"`)})...), w,
					"employee.update.v1",
					fmt.Sprintf(`{%q:%s}`, c.property, c.value))
				require.NoError(t, err, "%s %s", by.AccessLevel, c.property)
				return len(got)
			}
			may := level+3 >= rankOf(c.least)
			assert.Equal(t, may, decide(or(c.holder, "NO_LOGIN")) == 1, "%s sets %s to %s", by.AccessLevel, c.property, c.value)
			if c.holder != "" {
				assert.Zero(t, decide("OWNER"), "%s to %s is for holders from %s on", c.property, c.value, c.holder)
			}
		}
	}
	addonTerms := `{"_id":"x1","product":"phone","unitPrice":1,"invoicedUntil":"2026-05-31"}`
	for level, by := range callers[3:] {
		by.Customer, by.Reseller = "c1", "r1"
		w := at(noon)
		w.Actor = by
		got, err := order(employee(t, withBasic...), w, "employee.add_addon.v1", addonTerms)
		require.NoError(t, err)
		a := got[0].(events.AddonAdded).Addon
		assert.Equal(t, level+3 >= rankOf("RESELLER"), a.UnitPrice != nil && a.InvoicedUntil != 0,
			"%s sets price and invoicedUntil", by.AccessLevel)
	}
}

func rankOf(level string) int {
	for i, by := range callers {
		if by.AccessLevel == level {
			return i
		}
	}
	return len(callers)
}

// TestContract_Products: three levels with each field inherited, the published types and units, and dates that bound
// assigning only.
func TestContract_Products(t *testing.T) {
	t.Parallel()
	put := func(data string) string {
		_, err := order(replay(t, "product/new"), at(noon), "catalog.put_product.v1", data)
		return refusal(t, err)
	}
	for _, kind := range strings.Fields("SIP_RATEPLAN MVNO_RATEPLAN DSL FIBER NUMBER_RENT DNS PBX_EXTENSION " +
		"PBX_SIP_PHONE PBX_USER " +
		"MVNO_DATA_TOP_UP EXTERNAL_LICENSE MVNO_ROW_ROAMING AD_HOC OTHER") {
		assert.Equal(t, "accepted", put(`{"type":"`+kind+`"}`))
	}
	for _, unit := range strings.Fields("MIN MB UNITS HOURS KM MONTHS MONTH") {
		assert.Equal(t, "accepted", put(`{"unitType":"`+unit+`"}`))
	}
	assert.Equal(t, "422 type: CAR is not one of the published values", put(`{"type":"CAR"}`))
	assert.Equal(t, "422 unitType: YEARS is not one of the published values", put(`{"unitType":"YEARS"}`))
	tellAll(t, []promise{
		{row: "a customer's product is what its reseller's and the master's make of it", given: created, moments: []moment{
			{noon, "update", `{"product":"basic"}`, "product_assigned"}, // of type PBX_USER by its grandparent
		}},
		{row: "start and end bound assigning", given: withBasic, moments: []moment{
			{noon, "update", `{"product":"upcoming"}`, noProduct}, {"2026-05-31T21:59:59Z", "update", `{"product":"retired"}`,
				"product_assigned"},
			{june, "update", `{"product":"upcoming"}`, "product_assigned"}, {june, "update", `{"product":"retired"}`, noProduct},
		}},
	})
	held := employee(t, created.and(events.ProductAssigned{Product: "retired", From: day("2026-01-15")})...)
	assert.NotZero(t, held.BillDue(at("2026-07-15T10:00:00Z")), "the end of a product does not end the billing of one "+
		"that is held")
}
