package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/bus"
	"tenure/internal/node"
	"tenure/internal/provider"
	"tenure/internal/store"
)

func TestOutput_APlaceOnKafkaIsTopicPartitionAndOffset(t *testing.T) {
	t.Parallel()
	at, err := parsePlace("employee.commands/3/17")
	require.NoError(t, err)
	require.Equal(t, store.Parked{Topic: "employee.commands", Partition: 3, Offset: 17}, at)
	at, err = parsePlace("employee/e1/3/17")
	require.NoError(t, err)
	require.Equal(t, store.Parked{Topic: "employee/e1", Partition: 3, Offset: 17},
		at, "a subject that waits without a message")
	for _, wrong := range []string{"", "employee.commands", "employee.commands/3", "employee.commands/x/17",
		"employee.commands/3/x", "a/b/c/d", "/1/2"} {
		_, err := parsePlace(wrong)
		require.ErrorContains(t, err, "is not TOPIC/PARTITION/OFFSET", wrong)
	}
}

func TestOutput_ATimeIsAnInstantOrADay(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2026-10-30T12:00:00Z":      time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC),
		"2026-10-30T12:00:00+01:00": time.Date(2026, 10, 30, 11, 0, 0, 0, time.UTC),
		"2026-10-30":                time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC),
	} {
		got, err := parseTime(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	for _, wrong := range []string{"", "noon", "2026-02-30", "30.10.2026", "2026-10-30 12:00"} {
		_, err := parseTime(wrong)
		require.ErrorContains(t, err, "is not a time such as", wrong)
	}
}

func TestOutput_AProviderIsOneOfThemOrNone(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		flags providerFlags
		want  provider.Behaviour
		wrong string
	}{
		{providerFlags{behaviour: "answer"}, provider.Answer, ""},
		{providerFlags{behaviour: "refuse", delay: 26 * time.Hour}, provider.Refuse, ""},
		{providerFlags{behaviour: "none"}, "", ""},
		{providerFlags{behaviour: "shout"}, "", `--provider: provider: "shout" is not one of`},
		{providerFlags{behaviour: "answer", delay: -time.Second}, "", "--provider-delay: -1s is negative"},
	} {
		var c node.Config
		err := row.flags.set(&c)
		require.Equal(t, row.want, c.Provider)
		if row.wrong != "" {
			require.ErrorContains(t, err, row.wrong)
			require.Equal(t, exitUsage, (&program{started: true}).code(err))
			continue
		}
		require.NoError(t, err)
		require.Equal(t, row.flags.delay, c.ProviderDelay)
	}
}

func TestOutput_AParkedMessageIsShownAsItCameAndListedWithoutItsContent(t *testing.T) {
	t.Parallel()
	headers, err := json.Marshal([]bus.Header{{Key: "ce_type", Value: []byte("employee.create.v1")},
		{Key: "ce_id", Value: []byte("c-1")}})
	require.NoError(t, err)
	m := store.Parked{
		Topic: "employee.commands", Partition: 3, Offset: 17, Shard: 3, Stream: "employee/e1", CommandID: "c-1",
		Reason: "malformed",
		Detail: "unexpected end", At: time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC), State: store.StateParked,
		Key: []byte("e1"), Value: []byte(`{"actor":`), Headers: headers,
	}
	listed := parkedOf(m)
	require.Empty(t, listed.Key+listed.Value, "a list leaves out what the sender wrote")
	require.Equal(t, "employee.commands/3/17", listed.Message)

	var out bytes.Buffer
	require.NoError(t, (&program{out: &out}).printParked(listed))
	require.NotContains(t, out.String(), "actor", "what the sender wrote may be about an operator")
	require.NoError(t, listed.addPayload(m))
	require.NoError(t, (&program{out: &out}).printParked(listed))
	for _, want := range []string{"employee.commands/3/17", "unexpected end", "header ce_type  employee.create.v1",
		`{"actor":`} {
		require.Contains(t, out.String(), want)
	}
	out.Reset()
	require.NoError(t, (&program{out: &out, json: true}).printParked(listed))
	var shown map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &shown))
	require.Equal(t, map[string]any{"ce_type": "employee.create.v1", "ce_id": "c-1"}, shown["headers"])
	require.Equal(t, `{"actor":`, shown["value"])
	m.Headers = []byte("{")
	require.ErrorContains(t, listed.addPayload(m), "headers of employee.commands/3/17")
}

func TestOutput_JSONKeepsWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &program{out: &out, json: true}
	require.NoError(t, p.printJSON(map[string]string{"name": "Sample & <sons>"}))
	require.Equal(t, "{\n  \"name\": \"Sample & <sons>\"\n}\n", out.String())
	require.ErrorContains(t, p.printJSON(make(chan int)), "print: ")
}

func TestOutput_RetentionIsReportedInDays(t *testing.T) {
	t.Parallel()
	require.Equal(t, "30 days", retention("2592000000"))
	require.Equal(t, "-", retention(""), "a compacted topic has none")
}
