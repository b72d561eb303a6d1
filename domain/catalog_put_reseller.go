package domain

import (
	"tenure/access"
	"tenure/events"
)

// PutReseller is catalog.put_reseller: a reseller whole.
type PutReseller struct {
	Name          string   `json:"name"`
	Parent        string   `json:"parent"`
	Currency      string   `json:"currency"` // ISO 4217
	Company       string   `json:"company"`  // the customer that the reseller's own employees belong to
	Subscriptions []string `json:"subscriptions"`
}

// Kind is reseller.
func (PutReseller) Kind() string { return KindReseller }

// Operation is change catalog.
func (PutReseller) Operation() access.Operation { return access.ChangeCatalog }

func (c PutReseller) decide(to *Reseller, w World) ([]events.Event, error) {
	if err := w.permitAll(c.Operation()); err != nil {
		return nil, err
	}
	if refused := w.checkNewID("_id", to.ID); !to.Exists && refused != nil {
		return nil, refused
	}
	c.Parent, c.Company, c.Subscriptions = CanonicalID(c.Parent), CanonicalID(c.Company), canonicals(c.Subscriptions)
	found := append(c.checkTexts(), nonNil(checkCurrency(c.Currency))...)
	if to.Exists {
		found = append(found, keepsCurrency(or(to.Put.Currency, w.Policy.Currency), or(c.Currency, w.Policy.Currency))...)
	}
	if len(c.Subscriptions) > referencesMax {
		found = append(found, invalid("subscriptions", "has at most 10000 items"))
	}
	if owner := w.Catalog.companyOf(c.Company); owner != "" && owner != to.ID {
		// Whose reseller's employees are would depend on the order in which the two were put.
		found = append(found, reject(statusConflict, "company", "The customer is another reseller's company"))
	}
	if err := join(found); err != nil {
		return nil, err
	}
	put := events.ResellerPut(c)
	if to.Exists && sameJSON(to.Put, put) {
		return nil, nil
	}
	return []events.Event{put}, nil
}
