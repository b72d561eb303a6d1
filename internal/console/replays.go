package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tenure/internal/status"
	"tenure/internal/store"
)

// replaysPage lists replays, the newest first, the relays that wait for an acceptance, and makes the line that starts a
// replay: publishing takes as long as it takes, and is done by the command, not by a page.
type replaysPage struct {
	Replays []replayRow
	Stopped []stoppedRelay
	Form    replayForm
}

// replayRow is a replay with its progress.
type replayRow struct {
	store.Replay
	Read, All, Messages int64
}

// stoppedRelay is a relay that does not continue in a shard until an operator accepts what its topics hold.
type stoppedRelay struct {
	Reader, Why string
	Shard       int32
}

// replayForm is what a form asked for, and the lines that it stands for.
type replayForm struct {
	Topic, From, To, Types, Rate, Reason string
	Missing                              bool
	Plan, Start                          string // lines; empty: nothing is asked for
	Problem                              string
}

// The two relays, by the names of their readers.
var relays = []string{"relay", "outcomes"}

func (h *console) replays(w http.ResponseWriter, r *request) error {
	all, err := h.Store.Replays(r.Context())
	if err != nil {
		return err
	}
	p := replaysPage{Form: replayFormOf(r)}
	for _, one := range slices.Backward(all) {
		row := replayRow{Replay: one}
		for _, shard := range one.Shards {
			row.Read, row.All = row.Read+shard.Position-shard.First+1, row.All+shard.Last-shard.First+1
			row.Messages += shard.Messages
		}
		p.Replays = append(p.Replays, row)
	}
	if p.Stopped, err = h.stoppedRelays(r.Context()); err != nil {
		return err
	}
	return h.show(w, r, view{Name: "replays", Title: "Replays", Content: p})
}

// stoppedRelays are those of which a process says that they wait for an operator.
func (h *console) stoppedRelays(ctx context.Context) (all []stoppedRelay, err error) {
	processes, err := h.Store.Processes(ctx)
	if err != nil {
		return nil, err
	}
	for _, process := range processes {
		for _, trouble := range process.Readers {
			if trouble.Final && slices.Contains(relays, trouble.Reader) && process.Age < ownerHeard {
				all = append(all, stoppedRelay{Reader: trouble.Reader, Shard: trouble.Shard, Why: trouble.Why})
			}
		}
	}
	return all, nil
}

// replayFormOf reads the form, and makes the lines.
func replayFormOf(r *request) replayForm {
	query := r.URL.Query()
	f := replayForm{
		Topic: strings.TrimSpace(query.Get("topic")), From: query.Get("from"), To: query.Get("to"),
		Types: strings.TrimSpace(query.Get("type")), Rate: strings.TrimSpace(query.Get("rate")),
		Reason: strings.TrimSpace(query.Get("reason")), Missing: query.Get("missing") == "1",
	}
	switch {
	case f.Topic == "":
		return f
	case len([]rune(f.Reason)) < reasonMin:
		f.Problem = errReason.Error() + "."
		return f
	}
	line := " --target " + quotedWhereNeeded("topic:"+f.Topic)
	if f.Missing {
		line += " --missing"
	}
	for _, part := range []struct{ flag, value string }{
		{"from", f.From}, {"to", f.To}, {"type", f.Types},
	} {
		if part.value != "" {
			line += " --" + part.flag + " " + quotedWhereNeeded(part.value)
		}
	}
	f.Plan = "tenure replay plan" + line
	if f.Rate != "" {
		line += " --rate " + quotedWhereNeeded(f.Rate)
	}
	f.Start = "tenure replay start" + line + " --reason " + quoted(f.Reason) + " --yes"
	return f
}

// plainWord is what a shell takes as one word without quotes.
const plainWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/,@+"

func quotedWhereNeeded(text string) string {
	if strings.Trim(text, plainWord) == "" {
		return text
	}
	return quoted(text)
}

// pauseReplay stops a replay after the page that is under way.
func pauseReplay(ctx context.Context, h *console, o order) (result, error) {
	changed, err := h.Store.SetReplayState(ctx, o.Of, store.ReplayPaused)
	if err != nil {
		return result{}, err
	}
	if !changed {
		return result{Done: true, Shape: status.ShapeOK, Title: "Nothing changed", Detail: "It is paused or done already."},
			nil
	}
	return result{Done: true, Shape: status.ShapeOK, Title: "Paused",
		Detail: "It stops after the page under way. It continues with: tenure replay resume " + o.Of}, nil
}

// acceptRelay accepts what the topics of a relay hold, in one shard or, for every, in all of both.
func acceptRelay(ctx context.Context, h *console, o order) (result, error) {
	heads, err := h.Store.Heads(ctx)
	if err != nil {
		return result{}, err
	}
	accepted := 0
	for _, reader := range relays {
		for shard := range heads {
			if o.Of != everyRelay && o.Of != relayPlace(reader, int32(shard)) {
				continue
			}
			if err := h.Store.AcceptTail(ctx, reader, shard, o.Reason, o.who); err != nil {
				return result{}, err
			}
			accepted++
		}
	}
	if accepted == 0 {
		return result{}, errNotFound
	}
	return result{Done: true, Shape: status.ShapeOK,
		Title:  fmt.Sprintf("Accepted in %d %s", accepted, status.Plural(int64(accepted), "place", "places")),
		Detail: "The relays look again within a minute."}, nil
}

// everyRelay is both relays in all shards.
const everyRelay = "all"

// relayPlace is a relay in a shard, as a form has it.
func relayPlace(reader string, shard int32) string { return fmt.Sprintf("%s/%d", reader, shard) }

// acceptLine is the command line of an acceptance.
func acceptLine(o order) string {
	line := "tenure replay accept --all"
	if reader, shard, one := strings.Cut(o.Of, "/"); one {
		line = "tenure replay accept --reader " + reader + " --shard " + shard
	}
	return line + " --reason " + quoted(o.Reason) + " --yes"
}
