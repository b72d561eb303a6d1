package runstate

import (
	"context"
	"fmt"

	"tenure/domain"
	"tenure/internal/store"
)

// bookedIDsMax bounds the ids that are read to check which lines of a document are booked: of more the count alone is
// checked while some are open.
const bookedIDsMax = 10_000

// Booked is what a run has of a document whose lines an integration acknowledges: all of them, or only so many.
func Booked(ctx context.Context, s *store.Store, run, ref string, all int64) (domain.BookedLines, error) {
	var b domain.BookedLines
	var err error
	if b.Lines, b.Hash, err = s.BookedTotal(ctx, run, ref); err != nil {
		return b, err
	}
	if all >= b.Lines || b.Lines > bookedIDsMax {
		return b, nil
	}
	ids, err := s.LineIDs(ctx, run, ref, bookedIDsMax)
	switch {
	case err != nil:
		return b, err
	case int64(len(ids)) != b.Lines:
		b.NotReady = fmt.Sprintf("The lines of %s are not listed yet: send the command again, with a new id", ref)
	default:
		b.IDs = ids
	}
	return b, nil
}
