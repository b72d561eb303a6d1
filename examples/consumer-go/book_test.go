package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const april = "nightly/2026-04-01"

// message is one of a topic: its type, its position, its value.
type message struct{ kind, position, value string }

func line(id int, position, amount string) message {
	return message{"billing.line.v1", position,
		fmt.Sprintf(`{"lineId":"00000000-0000-0000-0000-%012d","amount":%q,"currency":"DKK","new":1}`, id, amount)}
}

// completed announces two lines of shard 0 and one of shard 1.
var completed = message{"run.completed.v1", "2048:9", `{"run":"nightly/2026-04-01","shards":[
	{"shard":0,"totals":[{"currency":"DKK","lines":2,"amount":"145.67","hash":"00000000-0000-0000-0000-000000000003"}]},
	{"shard":1,"totals":[{"currency":"DKK","lines":1,"amount":"-0.10","hash":"00000000-0000-0000-0000-000000000004"}]}]}`}

func TestBook_IsReconciled(t *testing.T) {
	t.Parallel()
	one, two, other := line(1, "0:5", "190.00"), line(2, "0:6", "-44.33"), line(4, "1:5", "-0.10")
	for _, row := range []struct {
		name     string
		messages []message
		code     int
		says     string
	}{
		{"everything is there, in any order", []message{other, two, completed, one},
			whole, "OK: nightly/2026-04-01, 3 lines, 0 came again"},
		{"a line that comes again is booked once", []message{one, two, one, other, completed, one},
			whole, "3 lines, 2 came again"},
		{"a line is missing", []message{one, other, completed}, notWhole, "shard 0 DKK: announced 2 lines 145.67"},
		{"a line too many", []message{one, two, other, line(8, "1:9", "0.00"), completed},
			notWhole, "shard 1 DKK: announced 1 lines -0.1"},
		{"a line in a shard that announces none", []message{one, two, other, line(8, "2:9", "0.00"), completed},
			notWhole, "shard 2 DKK"},
		{"another amount", []message{line(1, "0:5", "190.01"), two, other, completed}, notWhole, "read 2 lines 145.68"},
		{"a run that is under way", []message{one, two}, tryAgain, "is not completed"},
		{"other types are left alone", []message{{"run.started.v1", "2048:1", `[]`}, one, two, other, completed},
			whole, "OK"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := newBook(april)
			for _, m := range row.messages {
				require.NoError(t, b.take(map[string]string{"ce_runid": april, "ce_subject": april, "ce_type": m.kind,
					"ce_position": m.position}, []byte(m.value)))
			}
			require.NoError(t, b.take(map[string]string{"ce_runid": "nightly/2026-05-01", "ce_type": "billing.line.v1"},
				[]byte("of another run")))
			var out strings.Builder
			assert.Equal(t, row.code, b.report(&out))
			assert.Contains(t, out.String(), row.says)
		})
	}
}

func TestBook_WhatCannotBeReadIsAnError(t *testing.T) {
	t.Parallel()
	for _, m := range []message{{"billing.line.v1", "0:1", "{"}, {"billing.line.v1", "here", line(1, "", "1.00").value},
		{"run.completed.v1", "0:1", "{"}} {
		err := newBook(april).take(map[string]string{"ce_runid": april, "ce_subject": april, "ce_type": m.kind,
			"ce_position": m.position}, []byte(m.value))
		assert.Error(t, err, m.kind)
	}
	var out strings.Builder
	assert.Equal(t, failed, consume(&out, broker{addresses: []string{"127.0.0.1:1"}}, april, "SHADOW"))
	assert.Equal(t, failed, consume(&out, broker{addresses: []string{"127.0.0.1:1"}}, april, "COST"))
}
