package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"tenure/domain"
	"tenure/internal/runstate"
	"tenure/internal/store"
)

// heldPage lists whom a run did not bill for a reason.
type heldPage struct {
	Run, Reason, Next string
	Rows              []heldRow
}

type heldRow struct{ Employee, Detail string }

// notBilled lists the employees behind a reason, in pages by key.
func (h *console) notBilled(w http.ResponseWriter, r *request) error {
	p := heldPage{Run: r.PathValue("run"), Reason: r.URL.Query().Get("reason")}
	if _, err := runstate.NightOf(p.Run); err != nil || p.Reason == "" {
		return errNotFound
	}
	after := store.ReasonPage{Shard: -1}
	if shard, stream, ok := strings.Cut(r.URL.Query().Get("after"), " "); ok {
		n, err := strconv.ParseInt(shard, 10, 32)
		if err != nil {
			return errNotFound
		}
		after = store.ReasonPage{Shard: store.ShardID(n), Stream: stream}
	}
	found, next, err := h.Store.Held(r.Context(), p.Run, p.Reason, after, heldShown)
	if err != nil {
		return err
	}
	for _, one := range found {
		_, id := domain.SplitStream(one.Stream)
		p.Rows = append(p.Rows, heldRow{Employee: id, Detail: one.Detail})
	}
	if len(found) == heldShown {
		p.Next = url.QueryEscape(strconv.Itoa(int(next.Shard)) + " " + next.Stream)
	}
	return h.show(w, r, view{Name: "held", Title: "Not billed: " + p.Reason, Content: p})
}
