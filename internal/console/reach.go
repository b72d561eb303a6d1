package console

import (
	"context"
	"errors"
	"strings"

	"tenure/access"
	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
)

// errForbidden is the error of a page that the level may not see.
var errForbidden = errors.New("your level may not see this: a page for operators needs a token of an ADMIN")

// readers are the operations by which the ledgers are read, as over the API.
var readers = map[billing.Ledger]access.Operation{
	billing.Customer: access.ReadCustomerLines,
	billing.Reseller: access.ReadResellerLines,
	billing.Cost:     access.ReadCostLines,
}

// reach is how far the caller goes in an operation.
func (r *request) reach(op access.Operation) access.Reach { return access.ReachOf(op, r.rights.Level) }

// operates reports whether the caller answers for the runs: it sees every page and has their forms.
func (r *request) operates() bool { return r.reach(access.Run) == access.ReachAll }

// may refuses an operation on an employee; what is outside the caller's reach does not exist for it.
func (r *request) may(op access.Operation, employee, level, customer string) error {
	switch access.Decide(op, r.rights, domain.TargetOf(employee, level, customer, r.catalog)) {
	case access.Allowed:
		return nil
	case access.Hidden:
		return errNotFound
	}
	return errForbidden
}

// mayRead refuses a ledger of a payer that is not the caller's to read.
func (r *request) mayRead(ledger billing.Ledger, payer string) error {
	op, known := readers[ledger]
	if !known || r.reach(op) == access.ReachNone {
		return errForbidden
	}
	switch {
	case ledger == billing.Customer:
		return r.may(op, "", "", payer)
	case r.reach(op) == access.ReachAll,
		r.reach(op) == access.ReachReseller && payer != "" && payer == r.rights.Reseller:
		return nil
	}
	return errNotFound
}

// mayReadDocument refuses a document by what its reference says of ledger and payer.
func (r *request) mayReadDocument(ref string) error {
	ledger, payer, ok := contract.DocumentParts(ref)
	if !ok {
		return errNotFound
	}
	return r.mayRead(ledger, payer)
}

// platform is the payer of the ledger COST.
const platform = "PLATFORM"

// mayReadPayer refuses the documents of a payer.
func (r *request) mayReadPayer(payer string) error {
	if payer == platform {
		return r.mayRead(billing.Cost, payer)
	}
	if _, reseller := r.catalog.Reseller(strings.ToLower(payer)); reseller {
		return r.mayRead(billing.Reseller, strings.ToLower(payer))
	}
	return r.mayRead(billing.Customer, strings.ToLower(payer))
}

// known gives a request its rights by the catalogue.
func (h *console) known(ctx context.Context, r *request) error {
	newest, err := h.Catalog.Latest(ctx)
	if err != nil {
		return err
	}
	r.catalog, r.rights = newest.Catalog, domain.CallerOf(r.who, newest.Catalog)
	return nil
}
