package worker

import (
	"context"
	"fmt"
	"slices"

	"tenure/domain"
	"tenure/internal/store"
)

// A login name belongs to one employee over all shards, and the legal number of a document to one document of its
// ledger and reseller; a decision sees one shard. So names are reserved before the
// batch is decided, all of them by one statement in its own transaction, and the write of the decisions frees
// those that come to nothing, in the same transaction as what was decided: after a write a name is reserved exactly for
// who has it, or for a command that still has to be decided.
//
// A crash between the two leaves reservations for commands whose offset was not passed. They come again, to this worker
// or to the shard's next owner, find the names reserved for their own employees, and are decided as if nothing had
// happened. A command that is parked frees its name: its retry asks again.

// splitError asks for the batch to be cut: from the item at on, names depend on what the items before it give back.
type splitError struct{ at int }

// Error says where.
func (e *splitError) Error() string {
	return fmt.Sprintf("worker: login names from item %d on depend on those before it", e.at)
}

// reserve finds out for each item whether the name that it asks for is another stream's.
func (o *owner) reserve(ctx context.Context, items []*item, known store.Known, catalog *domain.Catalog) error {
	var asking []*item
	var wanted []store.Login
	for _, it := range items {
		it.loginTaken, it.loginOpen = false, false
		if name := it.asksFor(known, catalog); name != "" {
			asking = append(asking, it)
			wanted = append(wanted, store.Login{Name: name, Stream: it.stream})
		}
	}
	if len(asking) == 0 {
		return nil
	}
	holders, err := o.Store.ReserveLogins(ctx, &o.claim, wanted)
	if err != nil {
		return err
	}
	for i, it := range asking {
		if it.loginTaken = holders[wanted[i].Name] != it.stream; !it.loginTaken {
			it.login = wanted[i].Name
		}
	}
	if err := dependent(items, asking, wanted, holders); err != nil {
		return err
	}
	return o.lookForOpen(ctx, asking, wanted, holders)
}

// lookForOpen finds the names that are reserved for a command of another shard which is not decided yet: it may be
// refused, and whether it is already must not matter to who asks after it.
func (o *owner) lookForOpen(
	ctx context.Context, asking []*item, wanted []store.Login, holders map[string]string,
) error {
	for i, it := range asking {
		if !it.loginTaken {
			continue
		}
		row, _, err := o.Store.Subject(ctx, holders[wanted[i].Name])
		if err != nil {
			return err
		}
		it.loginOpen = !has(holders[wanted[i].Name], row, wanted[i].Name)
	}
	return nil
}

// has reports whether a stream has a name by a decision. One whose state cannot be read keeps what is reserved for it.
func has(stream string, row store.Subject, name string) bool {
	s, err := subjectOf(stream, row, domain.ReadState)
	return err != nil || slices.Contains(domain.NamesOf(s), name)
}

// freeOpen frees the names of items that are not decided for now: two shards that wait must not have what the other one
// waits for.
func (o *owner) freeOpen(ctx context.Context, items []*item, known store.Known) error {
	write := store.Write{CatalogVersion: anyCatalog}
	for _, it := range items {
		if it.login != "" && !has(it.stream, known.Subjects[it.stream], it.login) {
			write.Freed = append(write.Freed, store.Login{Name: it.login, Stream: it.stream})
		}
		it.login = ""
	}
	if len(write.Freed) == 0 {
		return nil
	}
	return o.Store.Write(ctx, &o.claim, write)
}

// asksFor is the name that the item is going to be decided about; empty: none.
func (it *item) asksFor(known store.Known, catalog *domain.Catalog) string {
	if it.command == nil || it.refused != nil || it.parkAs != "" || it.forward != nil || known.Subjects[it.stream].Parked {
		return ""
	}
	if _, answered := known.Outcomes[it.key]; answered {
		return ""
	}
	return domain.NameWanted(it.command, it.stream, catalog)
}

// dependent finds the first item whose name an employee of an earlier item has: that one may give it back first, and
// the commands of a shard are decided in their order.
func dependent(items, asking []*item, wanted []store.Login, holders map[string]string) error {
	first := make(map[string]int, len(items)) // by stream
	place := make(map[*item]int, len(items))
	for i, it := range items {
		if _, seen := first[it.stream]; !seen {
			first[it.stream] = i
		}
		place[it] = i
	}
	for i, it := range asking {
		if !it.loginTaken {
			continue
		}
		if earlier, inBatch := first[holders[wanted[i].Name]]; inBatch && earlier < place[it] {
			return &splitError{at: place[it]}
		}
	}
	return nil
}

// freeAsked frees the names that items asked for and did not get.
func (b *batch) freeAsked(items []*item) {
	for _, it := range items {
		if it.login == "" {
			continue
		}
		s, err := b.subject(it.stream)
		if err != nil || s.opaque {
			continue // parked as it is: what it has is not known
		}
		if !slices.Contains(domain.NamesOf(s.state), it.login) {
			b.write.Freed = append(b.write.Freed, store.Login{Name: it.login, Stream: s.stream})
		}
	}
}

// followNames frees the names that an event took from a subject, and keeps those that the subject took back.
func (b *batch) followNames(s *subject, were []string) {
	now := domain.NamesOf(s.state)
	if slices.Equal(now, were) {
		return
	}
	b.write.Freed = slices.DeleteFunc(b.write.Freed, func(l store.Login) bool {
		return l.Stream == s.stream && slices.Contains(now, l.Name)
	})
	for _, name := range were {
		if !slices.Contains(now, name) {
			b.write.Freed = append(b.write.Freed, store.Login{Name: name, Stream: s.stream})
		}
	}
}
