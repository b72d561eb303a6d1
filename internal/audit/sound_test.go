package audit_test

import (
	"fmt"
	"testing"
	"time"

	"tenure/internal/store"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
)

// The two lines that the run of the sound store billed, one in each shard.
var soundLines = map[store.ShardID]uuid.UUID{
	1: uuid.MustParse("3b8f2f44-6d53-5c1e-9f0a-000000000001"),
	2: uuid.MustParse("3b8f2f44-6d53-5c1e-9f0a-000000000002"),
}

// fact is an event that no command made.
func fact(stream string, version int32, kind, payload string) store.Event {
	return store.Event{Stream: stream, Version: version, Type: kind, At: noon, RunID: "r", Actor: []byte{},
		Payload: []byte(payload)}
}

// nightly is a shard's part in a run: an employee was changed by a command and billed one line, and the shard is
// through.
func nightly(c *store.Claim, stream string) store.Write {
	w := fullWrite(c, stream)
	w.Subjects[0].Version, w.Subjects[0].Added = 2, []store.Range{store.Days(1, 739_000, 739_030)}
	line, shard := soundLines[c.Shard], fmt.Sprintf("runshard/r/%d", c.Shard)
	w.Events = append(w.Events,
		fact(stream, 2, "employee.invoiced.v1",
			fmt.Sprintf(`{"run":"r","lines":[`+billedLine+`]}`, line, stream[len("employee/"):], "CHARGE", "2026-04-01",
				"2026-05-01")),
		fact(shard, 1, "run.shard_completed.v1", fmt.Sprintf(`{"run":"r","shard":%d,"examined":2,"billed":1,"notBilled":1}`,
			c.Shard)))
	w.Subjects = append(w.Subjects, store.Subject{Stream: shard, Version: 1, State: []byte(`{}`)})
	w.Parked[0].Topic = stream
	w.Chunk.Examined, w.Chunk.Billed = 2, 1
	w.Chunk.Totals = []store.Total{{DocumentRef: "d", Ledger: "CUSTOMER", BillTo: "p", Currency: "DKK", Lines: 1,
		Amount: decimal.NewFromInt(10), Hash: line}}
	return w
}

// closing ends the run: its document is issued and its totals told. The XOR of the two lines' ids ends in 3.
func closing(c *store.Claim) store.Write {
	const hash = `"00000000-0000-0000-0000-000000000003"`
	return store.Write{CatalogVersion: -1, Events: []store.Event{
		fact("document/d", 1, "billing.document_issued.v1",
			`{"documentRef":"d","type":"INVOICE","total":"20.00","lines":2,"hash":`+hash+`}`),
		fact("run/r", 1, "run.completed.v1",
			`{"run":"r","totals":[{"ledger":"CUSTOMER","currency":"DKK","lines":2,"amount":"20.00","hash":`+hash+`}]}`),
	}, Subjects: []store.Subject{{Stream: "document/d", Version: 1, State: []byte("{}")},
		{Stream: "run/r", Version: 1, State: []byte("{}")}}}
}

// sound is a store with two shards in which something of everything has happened, and read models that have taken all
// of it.
func sound(t *testing.T) *store.Store {
	t.Helper()
	s := newStore(t)
	for _, shard := range []store.ShardID{1, 2} {
		c := claimed(t, s, shard)
		name := []string{1: "employee/a", 2: "employee/b"}[shard]
		require.NoError(t, s.Write(t.Context(), c, nightly(c, name)))
		next := plain(c, 3, name)
		next.Events[0].CommandID = ""
		next.Subjects[0].Parked = true
		next.Subjects[0].State = []byte(`{"st":"ENABLED","prof":{"personal":{"login":"` + name + `"}}}`)
		next.Parked = []store.Parked{{Topic: name, Offset: 9, Stream: name, CommandID: "c3", Reason: "broken",
			Holds: true, At: noon}}
		next.Outcomes[0].Final, next.Outcomes[0].Answer = false, []byte(`{"status":"parked"}`)
		require.NoError(t, s.Write(t.Context(), c, next))
		if shard == 1 {
			require.NoError(t, s.Write(t.Context(), c, closing(c)))
		}
		for _, reader := range []string{"lines", "documents"} {
			leases, err := s.Lease(t.Context(), reader, []store.ShardID{shard}, "a", time.Minute)
			require.NoError(t, err)
			require.NoError(t, s.AdvanceNow(t.Context(), &leases[0], store.Place{Position: c.Head, Chain: c.Chain}))
		}
	}
	damage(t, s, "INSERT INTO logins (name, stream) VALUES ('employee/a', 'employee/a'), ('employee/b', 'employee/b')",
		`INSERT INTO documents (document_ref, shard, position, ledger, bill_to, currency, type, total, lines, hash, run)
		 VALUES ('d', 1, 5, 'CUSTOMER', 'p', 'DKK', 'INVOICE', 20, 2, '00000000-0000-0000-0000-000000000003', 'r')`,
		lineRow(soundLines[1], 1), lineRow(soundLines[2], 2))
	return s
}

// billedLine is a line as the log has it: id, employee, kind, and the days from one to before another.
const billedLine = `{"lineId":"%s","amount":"10.00","documentRef":"d","employee":"%s","ledger":"CUSTOMER","source":"s",` +
	`"kind":"%s","from":"%s","toExclusive":"%s","recurrence":"MONTHLY","product":"p"}`

// lineRow inserts the lines of a document and event into the read model.
func lineRow(id uuid.UUID, shard int) string {
	return fmt.Sprintf(`INSERT INTO lines (document_ref, shard, position, run, lines, amount, ids)
		VALUES ('d', %d, 2, 'r', 1, 10, ARRAY['%s'::uuid])`, shard, id)
}

// another adds a line of the employee a to its event, which the log of a sound store does not have.
func another(kind, from, to string) string {
	line := fmt.Sprintf(billedLine, "3b8f2f44-6d53-5c1e-9f0a-00000000000f", "a", kind, from, to)
	return `UPDATE events SET payload = decode(replace(encode(payload, 'escape'), ']}', ',` + line + `]}'), 'escape')
		WHERE shard = 1 AND type = 'employee.invoiced.v1'`
}
