package runs

import (
	"context"
	"slices"

	"tenure/billing"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/scheduler"
)

// closing are the cycles that a run closes: its own, and those that abandoned runs before it left open.
func (d *Driver) closing(
	ctx context.Context,
	run, before *domain.Run,
	policy billing.Policy,
) (all []string, err error) {
	for before != nil && before.Abandoned != "" && before.Completed {
		left, err := policyOf(before)
		if err != nil {
			return nil, err
		}
		all = append(all, cycles(left, before.Started.BusinessDate)...)
		if before, err = previous(ctx, d.Store, before); err != nil {
			return nil, err
		}
	}
	slices.Reverse(all)
	for _, cycle := range cycles(policy, run.Started.BusinessDate) {
		if !slices.Contains(all, cycle) {
			all = append(all, cycle)
		}
	}
	return all, nil
}

// cycles are those that a run closes. The first of a month closes the month's also where each run has documents of its
// own: nights of that month may have been billed before the policy became so.
func cycles(p billing.Policy, asOf billing.Date) []string {
	if !domain.ClosesDocuments(p, asOf) {
		return nil
	}
	own := domain.DocumentCycle(p, asOf)
	p.DocumentCycle = billing.CycleMonthly
	if month := domain.DocumentCycle(p, asOf); month != own && domain.ClosesDocuments(p, asOf) {
		return []string{own, month}
	}
	return []string{own}
}

// issuedPages are the pages of a cycle all of whose documents are issued.
type issuedPages struct {
	after     string // reference of the last of them
	documents int64  // that the run has issued of them
}

// documents finds those of a cycle that are not issued, and counts those that the run has issued: an abandoned one may
// have issued the others. It stops at the first page with missing ones, from where the next poll continues: what is
// issued stays issued.
func (d *Driver) documents(
	ctx context.Context,
	run, cycle string,
	p billing.Policy,
) ([]scheduler.DocumentTotal, int64, error) {
	if d.issued == nil {
		d.issued = map[string]issuedPages{}
	}
	key := run + " " + cycle
	for {
		known := d.issued[key]
		page, err := d.Store.CycleTotals(ctx, cycle, known.after, documentsPage)
		if err != nil || len(page) == 0 {
			return nil, known.documents, err
		}
		missing, own, err := d.missing(ctx, run, page, p)
		if err != nil || len(missing) > 0 {
			return missing, 0, err
		}
		if len(d.issued) > issuedKept {
			clear(d.issued)
		}
		d.issued[key] = issuedPages{after: page[len(page)-1].DocumentRef, documents: known.documents + own}
	}
}

// issuedKept bounds the cycles that a process keeps: one or two are being closed at a time.
const issuedKept = 10

// forgetIssued makes the next poll read all documents: a database that changed hosts may have lost some that were
// there.
func (d *Driver) forgetIssued() { clear(d.issued) }

// missing lists the documents of a page that are not issued, and counts those that a run has issued.
func (d *Driver) missing(
	ctx context.Context,
	run string,
	page []store.Total,
	p billing.Policy,
) (missing []scheduler.DocumentTotal, own int64, err error) {
	streams := make([]string, len(page))
	for i, t := range page {
		streams[i] = domain.Stream(domain.KindDocument, t.DocumentRef)
	}
	known, err := d.Store.Read(ctx, store.Read{Streams: streams})
	if err != nil {
		return nil, 0, err
	}
	for i, t := range page {
		if by, issued := domain.IssuedBy(known.Subjects[streams[i]].State); issued {
			if by == run {
				own++
			}
			continue
		}
		missing = append(missing, scheduler.DocumentTotal{
			Ref: t.DocumentRef, Ledger: billing.Ledger(t.Ledger), BillTo: t.BillTo, Currency: t.Currency, Lines: t.Lines,
			Net: events.NewMoney(t.Amount, p.Decimals(t.Currency)), Hash: t.Hash,
		})
	}
	return missing, own, nil
}

// issuedBy counts the documents that an abandoned run has issued of those that it would have closed.
func (d *Driver) issuedBy(ctx context.Context, run, before *domain.Run) (issued int64, err error) {
	policy, err := policyOf(run)
	if err != nil {
		return 0, err
	}
	closing, err := d.closing(ctx, run, before, policy)
	if err != nil {
		return 0, err
	}
	for _, cycle := range closing {
		for after := ""; ; {
			page, err := d.Store.CycleTotals(ctx, cycle, after, documentsPage)
			if err != nil {
				return 0, err
			}
			if len(page) == 0 {
				break
			}
			_, own, err := d.missing(ctx, run.ID, page, policy)
			if err != nil {
				return 0, err
			}
			issued, after = issued+own, page[len(page)-1].DocumentRef
		}
	}
	return issued, nil
}
