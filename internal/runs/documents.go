package runs

import (
	"context"

	"tenure/domain"
	"tenure/internal/store"
)

// documents finds those of a cycle that are not issued. It stops at the first page with missing ones, from where the
// next poll continues: what is issued stays issued.
func (d *Driver) documents(ctx context.Context, run, cycle string) (missing []string, err error) {
	if d.issued == nil {
		d.issued = map[string]string{}
	}
	key := run + " " + cycle
	for {
		page, err := d.Store.CycleTotals(ctx, cycle, d.issued[key], documentsPage)
		if err != nil || len(page) == 0 {
			return nil, err
		}
		missing, err := notIssued(ctx, d.Store, page)
		if err != nil || len(missing) > 0 {
			return missing, err
		}
		if len(d.issued) > issuedKept {
			clear(d.issued)
		}
		d.issued[key] = page[len(page)-1].DocumentRef
	}
}

// issuedKept bounds the cycles that a process keeps: one or two are being closed at a time.
const issuedKept = 10

// forgetIssued makes the next poll read all documents: a database that changed hosts may have lost some that were
// there.
func (d *Driver) forgetIssued() { clear(d.issued) }

// notIssued lists the documents of a page that are not issued.
func notIssued(ctx context.Context, s *store.Store, page []store.Total) (missing []string, err error) {
	streams := make([]string, len(page))
	for i, t := range page {
		streams[i] = domain.Stream(domain.KindDocument, t.DocumentRef)
	}
	known, err := s.Subjects(ctx, streams)
	if err != nil {
		return nil, err
	}
	for i, t := range page {
		if _, issued := domain.IssuedBy(known[streams[i]].State); !issued {
			missing = append(missing, t.DocumentRef)
		}
	}
	return missing, nil
}
