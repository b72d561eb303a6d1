package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/access"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/test/golden"
)

const (
	denied  = "403 access_denied: Insufficient access level"
	noActor = "401 actor: The command names no known actor"
)

var scheduler = events.Actor{System: access.Scheduler}

// isRefused reports whether an answer is the refusal of whoever may not do something: openly, or as if the employee or
// the customer did not exist.
func isRefused(answer string) bool {
	return answer == denied || answer == noActor || answer == "404 employee: Employee not found" ||
		answer == "404 customer: Customer not found"
}

// whom are the employees that the rows of rights are about: itself, of its customer, of another customer of the same
// reseller, of another reseller's customer.
var whom = []struct{ name, id, customer, reseller string }{
	{"itself", "", "c1", "r1"}, {"own customer", "e1", "c1", "r1"}, {"other customer", "e1", "c3", "r1"},
	{"other reseller", "e1", "c4", "r2"},
}

// operations are one command of each sort of right, with what it needs to be accepted.
var operations = []struct {
	name, command, data string
	given               func(created events.Event) facts
}{
	{"create", "employee.create.v1", "", nil},
	{"update", "employee.add_addon.v1", `{"_id":"x1","product":"phone"}`, nil},
	{"change itself", "employee.set_presence.v1", `{"state":"BUSY"}`, nil},
	{"delete", "employee.schedule_deletion.v1", `{"deleteDate":"2026-06-30"}`, nil},
	{"confirm", "employee.confirm_extension_deleted.v1", `{"_id":"x1"}`, nil},
}

// rights are who may do what: a column for each operation in that order, y or n for each of whom. One does not create
// itself, so that this is as its customer.
var rights = []struct {
	by     events.Actor
	allows string // create, update, change itself, delete, confirm
}{
	{byNobody, "nnnn nnnn nnnn nnnn nnnn"},
	{byPersonal, "nnnn nnnn ynnn nnnn nnnn"},
	{byViewer, "yynn nnnn ynnn nnnn nnnn"},
	{byManager, "yynn yynn yynn yynn nnnn"},
	{byOwner, "yynn yynn yynn yynn nnnn"},
	{byReseller, "yyyn yyyn yyyn yyyn nnnn"},
	{events.Actor{AccessLevel: "RESELLER", Reseller: "r1"}, "yyyn yyyn yyyn yyyn nnnn"},
	{events.Actor{Employee: "a3", AccessLevel: "RESELLER", Customer: "c1", Reseller: "r1"}, "yynn yynn yynn yynn nnnn"},
	{events.Actor{Employee: "a2", AccessLevel: "RESELLER_ADMIN", Customer: "c1", Reseller: "r1"},
		"yyyy yyyy yyyy yyyy yyyy"},
	{byAdmin, "yyyy yyyy yyyy yyyy yyyy"},
	{events.Actor{Employee: "a9", AccessLevel: "MANAGER", Customer: "c1", OrganizationResellers: "r2"},
		"yyny yyny yyny yyny nnnn"},
	{events.Actor{AccessLevel: "MANAGER", Customer: "c3", OrganizationResellers: "r2"}, "nnyn nnyn nnyn nnyn nnnn"},
	{scheduler, "yyyy yyyy yyyy yyyy yyyy"},
	{events.Actor{}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{System: "root"}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{System: access.Scheduler, AccessLevel: "VIEWER"}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{Customer: "c1"}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{Employee: "a1", Customer: "c1"}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{AccessLevel: "KING", Customer: "c1"}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{AccessLevel: "OWNER"}, "nnnn nnnn nnnn nnnn nnnn"},
	{events.Actor{AccessLevel: "RESELLER", Customer: "c1"}, "yynn yynn yynn yynn nnnn"},
}

func TestAuthorise_EmployeesByLevelAndRelation(t *testing.T) {
	t.Parallel()
	for _, r := range rights {
		for o, allows := range strings.Fields(r.allows) {
			for i, target := range whom {
				name := fmt.Sprintf("%s of %s orders %s of %s", or(r.by.AccessLevel, "nobody"), r.by.Customer, operations[o].name,
					target.name)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					if operations[o].name != "change itself" && target.name == "itself" && allows[0] != allows[1] {
						t.Fatal("a right over itself that it has not over its customer")
					}
					got := asked(t, r.by, o, i)
					assert.Equal(t, allows[i] == 'y', !isRefused(got), got)
				})
			}
		}
	}
}

// asked orders an operation on one of whom, and says how it was answered.
func asked(t *testing.T, by events.Actor, operation, target int) string {
	t.Helper()
	o, whom := operations[operation], whom[target]
	id := or(whom.id, or(by.Employee, "e1"))
	w := at(noon)
	w.Actor = by
	s := replay(t, "employee/"+id)
	data := o.data
	if o.name == "create" {
		data = `{"name":"Sample employee 01","customer":"` + whom.customer + `"}`
	} else {
		s.Evolve(events.EmployeeCreated{Number: 1, Customer: whom.customer, Reseller: whom.reseller, AccessLevel: "NO_LOGIN",
			State: "ENABLED"})
	}
	_, err := order(s, w, o.command, data)
	return refusal(t, err)
}

// TestCommandTypes_EachHasItsOperation goes over all wire names: a new command shows up as a line of a diff.
func TestCommandTypes_EachHasItsOperation(t *testing.T) {
	t.Parallel()
	names := domain.CommandTypes()
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		c, err := domain.DecodeCommand(name, nil)
		require.NoError(t, err)
		op := c.Operation()
		fmt.Fprintf(&b, "%-42s %-15s %s\n", name, op, or(access.Least(op).String(), "nobody"))
	}
	golden.Compare(t, "testdata/operations.golden", b.String())
}

// TestDecide_AsksTheMatrix orders every command by every level of the platform's company: whoever is below the level in
// the matrix is refused, and nobody else is for that reason.
func TestDecide_AsksTheMatrix(t *testing.T) {
	t.Parallel()
	streams := map[string]string{"employee": "employee/e1", "halt": "halt/runs"}
	for _, name := range domain.CommandTypes() {
		c, err := domain.DecodeCommand(name, []byte("{}"))
		require.NoError(t, err)
		for _, level := range access.Levels() {
			w := at(noon)
			w.Actor = events.Actor{Employee: "a1", AccessLevel: level.String(), Customer: "c1"}
			s := replay(t, or(streams[c.Kind()], c.Kind()+"/x"))
			if c.Kind() == domain.KindEmployee && c.Operation() != access.Create {
				fold(s, withBasic...)
			}
			_, err := s.Decide(c, w)
			want := access.ReachOf(c.Operation(), level) > access.ReachSelf
			assert.Equal(t, want, err == nil || refusal(t, err) != denied, "%s by %s: %v", name, level, err)
		}
	}
}

func TestAuthorise_ChangesOfTheCatalogue(t *testing.T) {
	t.Parallel()
	for stream, command := range map[string]string{
		"product/p1": "put_product", "product/phone": "set_price", "customer/c9": "put_customer",
		"reseller/r9": "put_reseller",
	} {
		for _, by := range []events.Actor{byNobody, byPersonal, byViewer, byManager, byOwner, byReseller} {
			w := at(noon)
			w.Actor = by
			_, err := order(replay(t, stream), w, "catalog."+command+".v1", `{}`)
			assert.Equal(t, denied, refusal(t, err), "%s by %s", command, by.AccessLevel)
		}
		for _, by := range []events.Actor{byResellerAdmin, byAdmin, scheduler} {
			w := at(noon)
			w.Actor = by
			_, err := order(replay(t, stream), w, "catalog."+command+".v1", `{}`)
			assert.NotEqual(t, denied, refusal(t, err), "%s by %s", command, by.AccessLevel)
		}
	}
}

func TestAuthorise_AssigningLevels(t *testing.T) {
	t.Parallel()
	const above = "403 accessLevel: You cannot assign access level higher than your own"
	const regular = "403 accessLevel: Cannot assign reseller rights to a regular customer employee"
	const both = "422 multiple: Multiple errors [" + above + "; " + regular + "]"
	levels := []string{"NO_LOGIN", "PERSONAL", "VIEWER", "MANAGER", "OWNER", "RESELLER", "RESELLER_ADMIN", "ADMIN"}
	rank := func(level string) int {
		for i, l := range levels {
			if l == level {
				return i
			}
		}
		return -1
	}
	for _, by := range []events.Actor{byViewer, byManager, byOwner, byReseller, byResellerAdmin, byAdmin, scheduler} {
		for _, level := range levels {
			for _, customer := range []string{"c1", "own"} {
				if customer == "own" && rank(by.AccessLevel) >= 0 && rank(by.AccessLevel) < rank("RESELLER") {
					continue // not within reach
				}
				system := by == scheduler
				tooHigh, notThere := !system && rank(level) > rank(by.AccessLevel), rank(level) >= rank("RESELLER") &&
					customer == "c1"
				want := map[[2]bool]string{{false, false}: "accepted", {true, false}: above, {false, true}: regular,
					{true, true}: both}[[2]bool{tooHigh, notThere}]
				w := at(noon)
				w.Actor = by
				_, err := order(employee(t), w, "employee.create.v1",
					fmt.Sprintf(`{"name":"x","customer":%q,"accessLevel":%q,"emailAddress":"s01@example.com"}`, customer, level))
				assert.Equal(t, want, refusal(t, err), "%s assigns %s in %s", by.AccessLevel, level, customer)
			}
		}
	}
}

func TestAuthorise_ALevelThatStaysIsNotAssigned(t *testing.T) {
	t.Parallel()
	owner := facts{events.EmployeeCreated{Number: 1024, Customer: "c1", Reseller: "r1", AccessLevel: "OWNER",
		State:    "ENABLED",
		Personal: events.Attributes{"emailAddress": raw(`"s01@example.com"`)}}}
	checkRows(t, "employee/e1", "employee.", []row{
		{name: "a manager sends an owner's level back", by: byManager, given: owner, when: "update",
			data: `{"accessLevel":"OWNER"}`},
		{name: "a manager cannot make a manager an owner", by: byManager, given: withBasic, when: "update",
			data: `{"accessLevel":"OWNER","emailAddress":"s01@example.com"}`, code: "403 accessLevel: You cannot assign " +
				"access level higher than your own"},
		{name: "an employee of a reseller's company may become one", by: byAdmin, when: "update",
			given: facts{events.EmployeeCreated{Number: 1024, Customer: "own", Reseller: "r1", AccessLevel: "NO_LOGIN",
				State: "ENABLED"}},
			data: `{"accessLevel":"RESELLER","emailAddress":"s01@example.com"}`,
			then: facts{events.EmployeeUpdated{AccessLevel: "RESELLER",
				Personal: events.Attributes{"emailAddress": raw(`"s01@example.com"`)}}}},
	})
}
