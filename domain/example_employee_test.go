package domain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
)

// publishedExample is the body of the create page with its properties and values, but for the names of people and for
// the product, which there is no PBX user product.
const publishedExample = `{"accessLevel":"OWNER","state":"ENABLED","name":"Sample employee 01","address":"52f4fd7734697b2800000001",
	"title":"Managing director","department":"Sample department","emailAddress":"s01@example.com","noEmail":false,"ipRestriction":"87.234.55.240",
	"language":"da","notes":"Sample note","primaryContact":true,"smsValidation":false,"authenticatorValidation":true,
	"subscriptions":["1234567890ABCDEF12345678","ABCDEF123456789012345678"],"product":"1234567890ABCDEF12345678",
	"apiAccessFilter":[],"m2mOnly":false,"webauthnOnly":false}`

// exampleWorld has what the example refers to.
func exampleWorld() domain.World {
	w := changed(at(noon), "customer/c7", events.CustomerPut{Reseller: "r1", Currency: "DKK", Features: []string{"PBX"},
		Addresses:     []events.Address{{ID: "52f4fd7734697b2800000001"}},
		Subscriptions: []string{"1234567890abcdef12345678", "abcdef123456789012345678"}})
	w = changed(w, "product/1234567890abcdef12345678", events.ProductPut{InheritFrom: "master"})
	w.Actor = events.Actor{Employee: "a4", AccessLevel: "OWNER", Customer: "c7"}
	return w
}

func TestCreateEmployee_TheExampleOfThePage(t *testing.T) {
	t.Parallel()
	got, err := order(employee(t), exampleWorld(), "employee.create.v1", publishedExample)
	require.NoError(t, err)
	wantFacts(t, got,
		events.EmployeeCreated{Number: 1024, Customer: "c7", Reseller: "r1", Currency: "DKK", AccessLevel: "OWNER",
			State: "ENABLED", On: day("2026-05-12"),
			Attributes: events.Attributes{"address": raw(`"52f4fd7734697b2800000001"`), "noEmail": raw("false"),
				"language":       raw(`"da"`),
				"primaryContact": raw("true"), "smsValidation": raw("false"), "authenticatorValidation": raw("true"),
				"subscriptions": raw(`["1234567890abcdef12345678","abcdef123456789012345678"]`), "apiAccessFilter": raw("[]"),
				"m2mOnly": raw("false"), "webauthnOnly": raw("false")},
			Personal: events.Attributes{"name": raw(`"Sample employee 01"`), "title": raw(`"Managing director"`),
				"department":   raw(`"Sample department"`),
				"emailAddress": raw(`"s01@example.com"`), "ipRestriction": raw(`"87.234.55.240"`)}},
		events.ProductAssigned{Product: "1234567890abcdef12345678", From: day("2026-05-12")})
	assert.Empty(t, domain.Warnings(employee(t), domain.CancelDeletion{}, exampleWorld()))
}

// FuzzCreateAndUpdate: whatever the data is, it is read and decided, or refused with a status of the caller's.
func FuzzCreateAndUpdate(f *testing.F) {
	f.Add([]byte(publishedExample))
	f.Add(
		[]byte(
			`{"recording":{"retension":1e99},"voicemail":[],"presence":{"expire":7},"addonProducts":[{}],"features":null}`))
	for _, r := range publishedErrors {
		f.Add([]byte(r.data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for command, s := range map[string]domain.Subject{"employee.create.v1": employee(t), "employee.update.v1": employee(t,
			withPhone...)} {
			c, err := domain.DecodeCommand(command, data)
			if err == nil {
				_ = domain.Warnings(s, c, exampleWorld())
				_, err = s.Decide(c, at(noon))
			}
			if err == nil {
				continue
			}
			r, ok := domain.AsRejection(err)
			if !ok || r.Status < 400 || r.Status >= 500 {
				t.Fatalf("%s: %v", command, err)
			}
		}
	})
}

// BenchmarkCreate is a creation as most are, and the example with all it has.
func BenchmarkCreate(b *testing.B) {
	for name, data := range map[string]string{"plain": `{"name":"Sample employee 01","customer":"c1","product":"basic"}`,
		"example": publishedExample} {
		b.Run(name, func(b *testing.B) {
			w := exampleWorld()
			if name == "plain" {
				w = at(noon)
			}
			policy, err := w.Policy.Ready() // as a worker's is: its zone is not looked up again
			require.NoError(b, err)
			w.Policy = policy
			b.ReportAllocs()
			for b.Loop() {
				c, err := domain.DecodeCommand("employee.create.v1", []byte(data))
				require.NoError(b, err)
				s := &domain.Employee{ID: "e1"}
				domain.Warnings(s, c, w)
				_, err = s.Decide(c, w)
				require.NoError(b, err)
			}
		})
	}
}
