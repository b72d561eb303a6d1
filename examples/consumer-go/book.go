package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// total is what is counted: how many lines, their sum, and the XOR of their ids, which does not depend on their order.
type total struct {
	Lines  int64           `json:"lines"`
	Amount decimal.Decimal `json:"amount"` // a text on the wire: never a binary float
	Hash   uuid.UUID       `json:"hash"`
}

func (t total) equal(o total) bool {
	return t.Lines == o.Lines && t.Amount.Equal(o.Amount) && t.Hash == o.Hash
}

// place is a shard and a currency.
type place struct {
	Shard    int32
	Currency string
}

// book is what an accounting program keeps of a run. A real one would write the line where line is called, in one
// transaction with its id, so that a line that comes again is not booked again.
type book struct {
	run       string
	seen      map[uuid.UUID]bool
	repeats   int
	booked    map[place]total
	announced map[place]total
	completed bool
}

func newBook(run string) *book {
	return &book{run: run, seen: map[uuid.UUID]bool{}, booked: map[place]total{}, announced: map[place]total{}}
}

// take is given every message. What it does not know it leaves alone: new types come, and new properties.
func (b *book) take(headers map[string]string, value []byte) error {
	switch {
	case headers["ce_type"] == "billing.line.v1" && headers["ce_runid"] == b.run:
		return b.line(headers, value)
	case headers["ce_type"] == "run.completed.v1" && headers["ce_subject"] == b.run:
		return b.complete(value)
	}
	return nil
}

// line books a line once: topics are written at least once, each time with the same id.
func (b *book) line(headers map[string]string, value []byte) error {
	var line struct {
		ID       uuid.UUID       `json:"lineId"`
		Amount   decimal.Decimal `json:"amount"`
		Currency string          `json:"currency"`
	}
	if err := json.Unmarshal(value, &line); err != nil {
		return err
	}
	if b.seen[line.ID] {
		b.repeats++
		return nil
	}
	b.seen[line.ID] = true
	var at place
	if _, err := fmt.Sscanf(headers["ce_position"], "%d:", &at.Shard); err != nil { // shard:position in the log
		return fmt.Errorf("line %s: ce_position: %w", line.ID, err)
	}
	at.Currency = line.Currency
	t := b.booked[at]
	t.Lines, t.Amount, t.Hash = t.Lines+1, t.Amount.Add(line.Amount), xor(t.Hash, line.ID)
	b.booked[at] = t
	return nil
}

func xor(a, b uuid.UUID) uuid.UUID {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// complete keeps the control totals of the run.
func (b *book) complete(value []byte) error {
	var completed struct {
		Shards []struct {
			Shard  int32 `json:"shard"`
			Totals []struct {
				Currency string `json:"currency"`
				total
			} `json:"totals"`
		} `json:"shards"`
	}
	if err := json.Unmarshal(value, &completed); err != nil {
		return err
	}
	b.completed = true
	for _, shard := range completed.Shards {
		for _, t := range shard.Totals {
			b.announced[place{shard.Shard, t.Currency}] = t.total
		}
	}
	return nil
}

// report prints what differs, or OK, and gives the exit code.
func (b *book) report(out io.Writer) int {
	if !b.completed {
		_, _ = fmt.Fprintf(out, "%s is not completed\n", b.run)
		return tryAgain
	}
	code, lines := whole, int64(0)
	places := map[place]bool{}
	for at := range b.announced {
		places[at] = true
	}
	for at := range b.booked {
		places[at] = true
	}
	for at := range places {
		announced, booked := b.announced[at], b.booked[at]
		lines += booked.Lines
		if !announced.equal(booked) {
			code = notWhole
			_, _ = fmt.Fprintf(out, "shard %d %s: announced %d lines %s %s, read %d lines %s %s\n", at.Shard, at.Currency,
				announced.Lines, announced.Amount, announced.Hash, booked.Lines, booked.Amount, booked.Hash)
		}
	}
	verdict := "OK"
	if code != whole {
		verdict = "NOT WHOLE"
	}
	_, _ = fmt.Fprintf(out, "%s: %s, %d lines, %d came again\n", verdict, b.run, lines, b.repeats)
	return code
}
