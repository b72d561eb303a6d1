package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"tenure/access"
	"tenure/internal/test/golden"
)

// The sample world: reseller r1 with its company k1, below it r2 with its company k2, which r1 serves, and below that
// r3 with k3. a1 and a2 are customers of r1, b1 is one of r2, d1 one of r4, whose company is k4. org is an organization
// of r1 to which r4 is granted.
var (
	resellerOf = map[string]string{"k0": "r0", "k1": "r0", "k2": "r1", "k3": "r2", "k4": "r0", "a1": "r1", "a2": "r1",
		"org": "r1", "b1": "r2", "d1": "r4"}
	companyOf = map[string]string{"k0": "r0", "k1": "r1", "k2": "r2", "k3": "r3", "k4": "r4"}
	parentsOf = map[string][]string{"r1": {"r0"}, "r2": {"r1", "r0"}, "r3": {"r2", "r1", "r0"}, "r4": {"r0"}}
)

func caller(level access.Level, customer string) access.Caller {
	c := access.Caller{Employee: "me", Level: level, Customer: customer, Reseller: companyOf[customer]}
	if customer == "org" {
		c.Grants = []string{"r4"}
	}
	return c
}

func target(level access.Level, customer string) access.Target {
	company := companyOf[customer]
	return access.Target{
		Employee: "other", Level: level, Customer: customer, Reseller: resellerOf[customer], Company: company,
		Parents: parentsOf[company],
	}
}

func TestRelate_FindsThePlaceOfATarget(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		caller access.Caller
		target access.Target
		place  access.Place
		above  bool
	}{
		{"an employee of the same customer", caller(access.Manager, "a1"), target(access.Viewer, "a1"), access.SameCustomer,
			false},
		{"one of a higher level", caller(access.Manager, "a1"), target(access.Owner, "a1"), access.SameCustomer, true},
		{"another customer of the same reseller", caller(access.Owner, "a1"), target(access.Viewer, "a2"),
			access.Elsewhere, false},
		{"a customer of a RESELLER's reseller", caller(access.Reseller, "k1"), target(access.Owner, "a1"),
			access.ResellerCustomer, false},
		{"a RESELLER's own company", caller(access.Reseller, "k1"), target(access.Reseller, "k1"), access.SameCustomer,
			false},
		{"a sub-reseller's company", caller(access.Reseller, "k1"), target(access.Reseller, "k2"), access.SubReseller, false},
		{"a sub-reseller's sub-reseller's company", caller(access.Reseller, "k1"), target(access.Reseller, "k3"),
			access.SubReseller, false},
		{"a sub-reseller's customer", caller(access.Reseller, "k1"), target(access.Owner, "b1"), access.Elsewhere, false},
		{"a sub-reseller's RESELLER and its own customers", caller(access.Reseller, "k2"), target(access.Owner, "b1"),
			access.ResellerCustomer, false},
		{"a sub-reseller's RESELLER and the parent's customers", caller(access.Reseller, "k2"), target(access.Viewer, "a1"),
			access.Elsewhere, false},
		{"the parent's company", caller(access.Reseller, "k1"), target(access.Admin, "k0"), access.Elsewhere, true},
		{"a RESELLER whose customer is nobody's company", caller(access.Reseller, "a1"), target(access.Viewer, "a2"),
			access.Elsewhere, false},
		{"a customer of a granted reseller", caller(access.Manager, "org"), target(access.Owner, "d1"), access.Granted, true},
		{"the company of a granted reseller", caller(access.Manager, "org"), target(access.Viewer, "k4"),
			access.Elsewhere, false},
		{"a customer of one that is not granted", caller(access.Manager, "org"), target(access.Viewer, "b1"),
			access.Elsewhere, false},
		{"a MANAGER in a parent's company", caller(access.Manager, "k1"), target(access.Viewer, "k2"),
			access.Elsewhere, false},
		{"nobody", access.Caller{}, access.Target{}, access.Elsewhere, false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, access.Relation{Place: r.place, Above: r.above}, access.Relate(r.caller, r.target))
		})
	}
	me := target(access.Owner, "a1")
	me.Employee = "me"
	assert.Equal(t, access.Relation{Place: access.Self}, access.Relate(caller(access.Manager, "a1"), me),
		"nobody is above itself")
	assert.Equal(t, access.SameCustomer, access.Relate(caller(access.NoLogin, "a1"), me).Place,
		"who cannot log in is not itself")
}

func TestDecide_RefusesWhoeverIsNoPublishedLevel(t *testing.T) {
	t.Parallel()
	for _, op := range access.Operations() {
		assert.Equal(t, access.Denied, access.Decide(op, caller(access.Unknown, "a1"), target(access.Viewer, "a1")), op)
		assert.Equal(t, access.Denied, access.Decide(op, caller(access.NoLogin, "a1"), target(access.NoLogin, "a1")), op)
		assert.Equal(t, access.Allowed, access.Decide(op, access.Caller{System: "scheduler"}, access.Target{}), op)
	}
	assert.Equal(t, access.Denied, access.Decide(0, caller(access.Admin, "k0"), target(access.Viewer, "a1")),
		"an operation that nobody named")
}

func TestParseLevel_IsExact(t *testing.T) {
	t.Parallel()
	for _, l := range access.Levels() {
		got, ok := access.ParseLevel(l.String())
		assert.True(t, ok)
		assert.Equal(t, l, got)
	}
	for _, name := range []string{"", "admin", "ADMIN ", "KING"} {
		_, ok := access.ParseLevel(name)
		assert.False(t, ok, name)
	}
	assert.Equal(t, "NO_LOGIN PERSONAL VIEWER MANAGER OWNER RESELLER RESELLER_ADMIN ADMIN",
		strings.Join(access.LevelNames(), " "))
	assert.Equal(t, access.Viewer, access.Least(access.Create))
	assert.Equal(t, access.Unknown, access.Least(access.Internal))
}

// relations are every place with a target below, at and above the caller's level, as far as they can be.
func relations() []struct {
	name     string
	customer string
	from     string
} {
	return []struct{ name, customer, from string }{
		{"own customer", "a1", "a1"}, {"other customer", "a2", "a1"}, {"granted", "d1", "org"},
		{"granted company", "k4", "org"},
		{"own company", "k1", "k1"}, {"reseller's customer", "a1", "k1"}, {"sub-reseller", "k2", "k1"},
		{"sub-sub", "k3", "k1"},
		{"sub's customer", "b1", "k1"}, {"parent", "k0", "k1"}, {"sibling's customer", "d1", "k1"},
	}
}

// TestMatrix_IsAsWritten prints every verdict, so that a change of a right is a line of a diff.
func TestMatrix_IsAsWritten(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	letter := map[access.Verdict]string{access.Allowed: "A", access.Denied: "d", access.Hidden: "h"}
	b.WriteString("A allowed, d denied (403), h hidden (404); a column for each level:\n")
	for _, op := range access.Operations() {
		fmt.Fprintf(&b, "\n%-20s %s\n", op, "N P V M O R RA A")
		me := func(l access.Level) access.Verdict {
			of := target(l, "a1")
			of.Employee = "me"
			return access.Decide(op, caller(l, "a1"), of)
		}
		fmt.Fprintf(&b, "  %-26s", "self")
		for _, l := range access.Levels() {
			b.WriteString(" " + letter[me(l)])
		}
		b.WriteString("\n")
		for _, r := range relations() {
			for _, higher := range []bool{false, true} {
				name := r.name
				if higher {
					name += ", higher"
				}
				fmt.Fprintf(&b, "  %-26s", name)
				for _, l := range access.Levels() {
					of := l
					if higher {
						of++
					}
					b.WriteString(" " + letter[access.Decide(op, caller(l, r.from), target(of, r.customer))])
				}
				b.WriteString("\n")
			}
		}
	}
	golden.Compare(t, "testdata/matrix.golden", b.String())
}
