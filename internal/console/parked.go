package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tenure/internal/bus"
	"tenure/internal/history"
	"tenure/internal/status"
	"tenure/internal/store"
	"tenure/internal/telemetry"
	"tenure/internal/timeline"
)

const (
	parkedShown  = 50
	repairsShown = 20
)

// parkedPage groups what could not be applied, and shows one message.
type parkedPage struct {
	Reasons  []parkedRow
	Total    int64  // up to which was counted
	Count    string // the same in words
	Subjects int64
	Oldest   string
	Reason   string // chosen
	Messages []parkedMessage
	Next     string // address of the next page
	One      *parkedMessage
	Done     []store.Repair // what operators did last
}

type parkedRow struct {
	store.ParkedReason
	Age, Helps string
	Chosen     bool
}

// parkedMessage is one message; its payload is about a person and is shown on request, which is logged.
type parkedMessage struct {
	store.Parked
	Place   string
	Age     string
	Headers []header
	Payload string
	Shown   bool
	Edited  string
	Queue   int
	Repairs []store.Repair
	History []eventRow
}

type header struct{ Name, Value string }

// helps says what usually helps against a reason of parking.
var helps = map[string]string{
	"unknown_type": "Deploy a version that knows the command, then retry the reason",
	"broken":       "Find the cause, deploy what mends it, retry",
	"queued":       "Nothing: it goes with the first of its queue",
	"not_json":     "Edit it, or discard it",
}

const helpsElse = "Look at one message: its error says what is wrong"

func (h *console) parked(w http.ResponseWriter, r *request) error {
	query := r.URL.Query()
	p := parkedPage{Reason: query.Get("reason")}
	parked, err := h.parkedSome(r)
	if err != nil {
		return err
	}
	p.Total, p.Subjects = parked.Messages, parked.Subjects
	for _, reason := range parked.Reasons {
		row := parkedRow{ParkedReason: reason, Age: h.age(reason.Oldest), Helps: helps[reason.Reason],
			Chosen: reason.Reason == p.Reason}
		if row.Helps == "" {
			row.Helps = helpsElse
		}
		p.Reasons = append(p.Reasons, row)
	}
	if p.Count = status.Count(p.Total); parked.More {
		p.Count = status.MoreThan(p.Total - 1)
	}
	if p.Total > 0 {
		p.Oldest = h.age(parked.Oldest)
	}
	if err := h.listParked(r, &p); err != nil {
		return err
	}
	if p.Done, err = h.Store.RepairsLast(r.Context(), repairsShown); err != nil {
		return err
	}
	if place := query.Get("message"); place != "" {
		if p.One, err = h.oneParked(r, place, query.Get("payload") == "1"); err != nil {
			return err
		}
	}
	return h.show(w, r, view{Name: "parked", Title: "Parked", Content: p})
}

// parkedSome counts what is parked, once for a page and what surrounds it.
func (h *console) parkedSome(r *request) (store.ParkedCount, error) {
	if r.parked == nil {
		count, err := h.Store.ParkedSome(r.Context())
		if err != nil {
			return count, err
		}
		r.parked = &count
	}
	return *r.parked, nil
}

func (h *console) listParked(r *request, p *parkedPage) error {
	filter := store.ParkedFilter{Reason: p.Reason, Limit: parkedShown}
	if after := r.URL.Query().Get("after"); after != "" {
		topic, partition, offset, ok := placeOf(after)
		if !ok {
			return errNotFound
		}
		filter.Topic, filter.Partition, filter.Offset = topic, partition, offset
	}
	list, err := h.Store.ParkedList(r.Context(), filter)
	if err != nil {
		return err
	}
	for _, m := range list {
		p.Messages = append(p.Messages, parkedMessage{Parked: m, Place: nameOf(m), Age: h.age(m.ParkedAt)})
	}
	if len(list) == parkedShown {
		p.Next = "/parked?reason=" + p.Reason + "&after=" + p.Messages[len(list)-1].Place
	}
	return nil
}

func (h *console) age(t time.Time) string { return status.Duration(h.Machine().Sub(t)) }

func (h *console) oneParked(r *request, place string, payload bool) (*parkedMessage, error) {
	m, err := h.findParked(r, place)
	if err != nil {
		return nil, err
	}
	one := &parkedMessage{Parked: m, Place: nameOf(m), Age: h.age(m.ParkedAt), Shown: payload}
	one.Headers = headersOf(m.Headers)
	if payload {
		h.Log.Info("console: payload of a parked message is shown", telemetry.KeyTopic, m.Topic, telemetry.KeyPartition,
			int64(m.Partition),
			telemetry.KeyOffset, m.Offset)
		one.Payload, one.Edited = indented(m.Value), indented(m.EditedValue)
	}
	if one.Repairs, err = h.Store.RepairsOf(r.Context(), m); err != nil {
		return nil, err
	}
	if m.Holds {
		queue, err := h.Store.ParkedQueue(r.Context(), m.Stream, parkedShown)
		if err != nil {
			return nil, err
		}
		one.Queue = len(queue) - 1
	}
	return one, h.lastEvents(r, one)
}

// lastEvents are what happened last to the message's subject.
func (h *console) lastEvents(r *request, one *parkedMessage) error {
	const last = 10
	row, ok, err := h.Store.Subject(r.Context(), one.Stream)
	if err != nil || !ok {
		return err
	}
	page, err := h.Store.StreamEvents(r.Context(), one.Stream, max(1, row.Version-last+1))
	if err != nil {
		return err
	}
	for i := len(page) - 1; i >= 0; i-- {
		recorded, err := history.Recorded(page[i])
		if err != nil {
			return err
		}
		one.History = append(one.History, eventRow{At: recorded.At, What: timeline.Tell(recorded.Event),
			By: timeline.Cause(recorded)})
	}
	return nil
}

func (h *console) findParked(r *request, place string) (store.Parked, error) {
	topic, partition, offset, ok := placeOf(place)
	if !ok {
		return store.Parked{}, errNotFound
	}
	m, found, err := h.Store.ParkedMessage(r.Context(), topic, partition, offset)
	if err == nil && !found {
		err = errNotFound
	}
	return m, err
}

// nameOf is the place of a message as the command line takes it.
func nameOf(m store.Parked) string { return fmt.Sprintf("%s/%d/%d", m.Topic, m.Partition, m.Offset) }

func placeOf(text string) (topic string, partition int32, offset int64, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 {
		return "", 0, 0, false
	}
	n, err := strconv.ParseInt(parts[1], 10, 32)
	if err != nil {
		return "", 0, 0, false
	}
	offset, err = strconv.ParseInt(parts[2], 10, 64)
	return parts[0], int32(n), offset, err == nil
}

// headersOf lists headers as they came, whatever form they are kept in.
func headersOf(raw []byte) []header {
	var list []bus.Header
	var shown []header
	if json.Unmarshal(raw, &list) == nil {
		for _, one := range list {
			shown = append(shown, header{one.Key, string(one.Value)})
		}
		return shown
	}
	return []header{{"headers", string(raw)}}
}

// indented is JSON for people; anything else as it is.
func indented(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") == nil {
		return b.String()
	}
	return string(raw)
}
