package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"tenure/domain"
	"tenure/projections"
)

// cursor is where a page of lines begins: behind the last line of the page before. Its caller keeps it for as long as
// it likes, also over a failover that loses the end of the log: the same numbers may then name another line, so that
// lines would be left out or come twice, and the hash of the log at the place says that it is another one.
type cursor struct {
	projections.LinePlace
	hash string // beginning of the hash in hex; empty: none was known
}

// cursorHashBytes is how much of a hash a cursor has.
const cursorHashBytes = 8

// errCursorLost says that the page before was of a history that the log does not have any more.
var errCursorLost = failure(http.StatusConflict, "after",
	"The log lost its end since the page before, and has another one: begin with the first page again")

// cursor names a place to continue behind.
func (h *handler) cursor(ctx context.Context, at projections.LinePlace) (string, error) {
	text := fmt.Sprintf("%d:%d:%d", at.Shard, at.Position, at.Ordinal)
	hash, err := h.hashAt(ctx, at)
	if err != nil || hash == "" {
		return text, err
	}
	return text + ":" + hash, nil
}

func (h *handler) hashAt(ctx context.Context, at projections.LinePlace) (string, error) {
	if h.Hash == nil {
		return "", nil
	}
	hash, err := h.Hash(ctx, at.Shard, at.Position)
	return fmt.Sprintf("%x", hash[:min(len(hash), cursorHashBytes)]), err
}

// stands refuses a cursor of another history. It is asked behind the reading of the page, so that what is read is of
// the history of the cursor, or of a later one that has all of it.
func (h *handler) stands(ctx context.Context, c cursor) (*domain.Rejection, error) {
	if c.hash == "" {
		return nil, nil
	}
	hash, err := h.hashAt(ctx, c.LinePlace)
	if err == nil && hash != c.hash {
		return errCursorLost, nil
	}
	return nil, err
}

// errCursor says that a cursor was made up.
var errCursor = invalid("after", "must be as the page before named it")

// parseCursor reads where a page of lines begins; empty: at the first.
func parseCursor(text string) (c cursor, no *domain.Rejection) {
	if text == "" {
		return c, nil
	}
	parts := cursorForm.FindStringSubmatch(text)
	if parts == nil {
		return c, errCursor
	}
	shard, err := strconv.ParseInt(parts[1], 10, 32)
	position, also := strconv.ParseInt(parts[2], 10, 64)
	ordinal, too := strconv.ParseInt(parts[3], 10, 32)
	if errors.Join(err, also, too) != nil {
		return c, errCursor
	}
	c.LinePlace = projections.LinePlace{Shard: int32(shard), Position: position, Ordinal: int32(ordinal)}
	c.hash = parts[4]
	return c, nil
}

// cursorForm is shard, position, ordinal and, where it was known, the hash.
var cursorForm = regexp.MustCompile(`^(\d+):(\d+):(\d+)(?::([0-9a-f]+))?$`)
