package billing

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// vectorFile is a file of cases; its meta describes the form.
type vectorFile struct {
	Cases []vectorCase `json:"cases"`
}

type vectorCase struct {
	ID           string                     `json:"id"`
	Title        string                     `json:"title"`
	Policy       map[string]json.RawMessage `json:"policy"`
	Given        vectorGiven                `json:"given"`
	Steps        []vectorStep               `json:"steps"`
	Alternatives []vectorAlternative        `json:"alternatives"`
}

type vectorGiven struct {
	Employee vectorEmployee           `json:"employee"`
	Products map[string]vectorProduct `json:"products"`
	Addons   []vectorAddon            `json:"addons"`
}

type vectorEmployee struct {
	Customer, Reseller, BillingCustomer         string
	Product, ProductStart, ProductInvoicedUntil string
	DeleteDate                                  string
}

type vectorProduct struct {
	Recurrence             Recurrence
	Price, Wholesale, Cost *Amount
	InheritFromReseller    string
	InheritFrom            string
	RecurrenceFullMonth    *bool
	IncludedProducts       []struct {
		ID     string `json:"_id"`
		Amount Amount
	}
}

type vectorAddon struct {
	ID, Product, Start, Terminate, InvoicedUntil string
	Units, UnitPrice                             *Amount
}

type vectorStep struct {
	Change *vectorChange
	Run    *struct{ AsOf string }
	Expect *vectorExpect
}

type vectorChange struct {
	Op, Addon, Effective, Product, CommandAt, From string
	Date, To                                       *string
	Units                                          *Amount
	UnitPrice                                      json.RawMessage
	Price, Wholesale, Cost                         *Amount
	New                                            *vectorAddon `json:"-"`
}

type vectorExpect struct {
	Lines         []vectorLine
	InvoicedUntil map[string]*string
	Documents     []vectorDocument
	Held          bool
	Reason        HeldReason
}

type vectorLine struct {
	N                                                       int
	Kind                                                    Kind
	Ledger                                                  Ledger
	BillTo, Source, Product, From, ToExclusive, ToInclusive string
	Units, UnitPrice, Amount, Currency                      string
	Months                                                  *Ratio
	CorrectsLine                                            int
}

type vectorDocument struct {
	BillTo, Currency, Type, Total string
	Lines                         []int
}

type vectorAlternative struct {
	Policy map[string]json.RawMessage
	Runs   []struct {
		AsOf  string
		Lines []vectorLine
	}
}

func loadVectors(t *testing.T, path string) []vectorCase {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var file vectorFile
	require.NoError(t, json.Unmarshal(raw, &file))
	require.NotEmpty(t, file.Cases)
	return file.Cases
}

// UnmarshalJSON reads a change; the op addAddon carries an object where the
// others carry an id.
func (c *vectorChange) UnmarshalJSON(b []byte) error {
	var head struct {
		Op    string
		Addon json.RawMessage
	}
	if err := json.Unmarshal(b, &head); err != nil {
		return err
	}
	type plain vectorChange
	if head.Op != "addAddon" {
		return json.Unmarshal(b, (*plain)(c))
	}
	c.Op = head.Op
	return json.Unmarshal(head.Addon, &c.New)
}

func vectorPolicy(t *testing.T, overrides ...map[string]json.RawMessage) *Policy {
	t.Helper()
	p := DefaultPolicy()
	p.DocumentCycle = CyclePerRun
	for _, o := range overrides {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			var err error
			p, err = p.With(key, policyText(t, o[key]))
			require.NoError(t, err)
		}
	}
	p, err := p.Ready()
	require.NoError(t, err)
	return &p
}

func policyText(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		text = ""
		for i, s := range list {
			if i > 0 {
				text += ","
			}
			text += s
		}
		return text
	}
	return string(raw)
}
