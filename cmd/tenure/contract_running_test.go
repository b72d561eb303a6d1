package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/export"
	"tenure/schemas"
)

// theRun is the run of the shared system that billed November.
const theRun = "nightly/2026-11-01"

// TestContract_EveryMessageOnEveryTopicIsInTheContract reads what a running system has published and compares each
// message with the schema that its type has.
func TestContract_EveryMessageOnEveryTopicIsInTheContract(t *testing.T) {
	t.Parallel()
	n := november(t)
	compiled := map[string]*jsonschema.Schema{}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for name, s := range schemas.Current() {
		raw, err := s.JSON()
		require.NoError(t, err)
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		require.NoError(t, err)
		require.NoError(t, c.AddResource(s.ID, document))
		compiled[name], err = c.Compile(s.ID)
		require.NoError(t, err)
	}
	lookup, err := bus.NewTopicReader(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(lookup.Close)
	read := map[string]int{}
	for _, topic := range bus.Topics(2) {
		require.NoError(t, lookup.ReadAll(t.Context(), []string{topic.Name}, nil, func(m bus.Message) error {
			name := string(m.Header("ce_type"))
			if name == "" {
				return nil // what a test has parked
			}
			message, known := schemas.Find(name)
			require.True(t, known, "%s has %s, which the contract does not know", m.Topic, name)
			require.Contains(t, message.Topics, m.Topic, name)
			if schema := string(m.Header("ce_dataschema")); schema != "" || message.Direction == contract.Out {
				require.Equal(t, schemas.Address(name), schema)
			}
			if message.Direction == contract.In && badOnPurpose[string(m.Key)] {
				return nil
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(m.Value))
			require.NoError(t, err)
			require.NoError(t, compiled[name].Validate(value), "%s/%d/%d", m.Topic, m.Partition, m.Offset)
			read[m.Topic]++
			return nil
		}))
	}
	for _, topic := range []string{contract.EmployeeCommands, contract.EmployeeEvents, contract.EmployeeOutcomes,
		contract.BillingLines, contract.BillingLinesCost,
		contract.BillingDocumentsWholesale, contract.BillingRuns, contract.BillingRunsCost} {
		require.Positive(t, read[topic], topic)
	}
}

// badOnPurpose are the employees to whom other tests of the shared system send what is refused.
var badOnPurpose = map[string]bool{exampleEmployee: true}

func TestContract_AnExportIsWholeAndRepeatable(t *testing.T) {
	t.Parallel()
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	require.Contains(t, on(t, exitDone, "invoice", "export", "--run", theRun, "--out", first).out,
		"nightly-2026-11-01.COST.DKK.csv")
	var m export.Manifest
	asJSON(t, exitDone, &m, "invoice", "export", "--run", theRun, "--out", second)
	require.Len(t, m.Files, 3)
	for _, name := range append(names(m), export.ManifestName) {
		a, err := os.ReadFile(filepath.Join(first, name))
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(second, name))
		require.NoError(t, err)
		require.Equal(t, string(a), string(b), "byte for byte")
	}
	raw, err := os.ReadFile(filepath.Join(first, m.Files[1].Name))
	require.NoError(t, err)
	rows, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, int(m.Files[1].Lines)+2, "heading, lines, total")
	require.Equal(t, "lineId", rows[0][0])
	require.Equal(t, export.TotalID, rows[len(rows)-1][0])

	require.Contains(t, on(t, exitDone, "invoice", "export", "--document", exampleInvoice, "--format", "jsonl", "--out",
		t.TempDir()).out, "CUSTOMER")
	require.Contains(t, on(t, exitTryAgain, "invoice", "export", "--run", "nightly/2030-01-01", "--out", t.TempDir()).err,
		"is not completed")
	require.Contains(t, on(t, exitTryAgain, "invoice", "export", "--document", "2030-01/COST/PLATFORM/DKK", "--out",
		t.TempDir()).err, "is not issued")
	require.Contains(t, on(t, exitNothing, "invoice", "export", "--run", theRun, "--reseller", "nobody", "--out",
		t.TempDir()).err, "no such lines")
	require.Contains(t, on(t, exitUsage, "invoice", "export", "--run", theRun, "--format", "xml", "--out",
		t.TempDir()).err, "csv or jsonl")
	require.Contains(t, on(t, exitUsage, "invoice", "export", "--run", theRun, "--ledger", "SHADOW", "--out",
		t.TempDir()).err, "CUSTOMER, RESELLER or COST")
}

func names(m export.Manifest) (all []string) {
	for _, f := range m.Files {
		all = append(all, f.Name)
	}
	return all
}

func TestContract_ATokenReadsItsLedgersOnly(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		rights []string
		ask    []string
		code   int
		files  int
	}{
		{"the platform reads all", []string{"--level", "RESELLER_ADMIN"}, nil, exitDone, 3},
		{"a reseller reads its own prices and wholesale", []string{"--level", "RESELLER", "--reseller",
			"5a0000000000000000000001"}, nil, exitDone, 2},
		{"and not what it costs", []string{"--level", "RESELLER", "--reseller", "5a0000000000000000000001"},
			[]string{"--ledger", "COST"}, exitRefused, 0},
		{"nor what another one has", []string{"--level", "RESELLER", "--reseller", "5a0000000000000000000001"},
			[]string{"--reseller", "5a0000000000000000000002"}, exitRefused, 0},
		{"another reseller reads nothing", []string{"--level", "RESELLER", "--reseller", "5a0000000000000000000002"},
			nil, exitNothing, 0},
		{"a manager reads the prices of its customer", []string{"--level", "MANAGER", "--customer",
			"5c0000000000000000000001"}, nil, exitDone, 1},
		{"and not wholesale", []string{"--level", "OWNER", "--customer", "5c0000000000000000000001"},
			[]string{"--ledger", "reseller"}, exitRefused, 0},
		{"a viewer reads no lines", []string{"--level", "VIEWER", "--customer", "5c0000000000000000000001"},
			nil, exitRefused, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			token := filepath.Join(t.TempDir(), "token")
			require.NoError(t, os.WriteFile(token,
				[]byte(on(t, exitDone, append([]string{"token", "create"}, row.rights...)...).out), 0o600))
			args := append([]string{"invoice", "export", "--run", theRun, "--out", t.TempDir(), "--token-file", token,
				"--output", "json"}, row.ask...)
			got := on(t, row.code, args...)
			var m export.Manifest
			if row.code == exitDone {
				require.NoError(t, json.Unmarshal([]byte(got.out), &m))
			}
			require.Len(t, m.Files, row.files)
		})
	}
	wrong := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(wrong, []byte("nobody's"), 0o600))
	require.Contains(t, on(t, exitRefused, "invoice", "export", "--run", theRun, "--out", t.TempDir(), "--token-file",
		wrong).err, "no such token")
	require.Contains(t, on(t, exitUsage, "invoice", "export", "--run", theRun, "--out", t.TempDir(), "--token-file",
		wrong+"x").err, "--token-file")
}

func TestContract_EverythingIsThere(t *testing.T) {
	t.Parallel()
	require.Contains(t, on(t, exitDone, "invoice", "verify", "--run", theRun, "--strict").out,
		theRun+": everything is there")
	require.Contains(t, on(t, exitTryAgain, "invoice", "verify", "--run", "nightly/2030-01-01").err, "is not completed")
}

// TestContract_AMessageThatWasPlantedIsFound needs a separate system: what it plants would be found by others.
func TestContract_AMessageThatWasPlantedIsFound(t *testing.T) {
	t.Parallel()
	dir, n := running(t)
	for _, line := range novemberCommands {
		require.Equal(t, exitDone, tenure(t, append(line, "--data", dir, "--kafka-partitions", "3")...).code, line)
	}
	publisher, err := bus.NewPublisher(n.Kafka)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	require.NoError(t, publisher.Publish(context.Background(), firstOfTheRun(t, n.Kafka, contract.BillingLinesWholesale)))
	verify := []string{"invoice", "verify", "--data", dir}
	got := tenure(t, verify...)
	require.Equal(t, exitDone, got.code, "a repetition is allowed\n%s%s", got.out, got.err)
	require.Contains(t, got.out, "repeated")
	require.Equal(t, exitMismatch, tenure(t, append(verify, "--strict")...).code)

	forged := firstOfTheRun(t, n.Kafka, contract.BillingLines)
	forged[0].Value = bytes.Replace(forged[0].Value, []byte(`"amount":"`), []byte(`"amount":"1`), 1)
	require.NoError(t, publisher.Publish(context.Background(), forged))
	var report struct {
		Whole    bool
		Findings []struct{ Kind, Topic, Place string }
	}
	got = tenure(t, append(verify, "--output", "json")...)
	require.Equal(t, exitMismatch, got.code, got.out)
	require.NoError(t, json.Unmarshal([]byte(got.out), &report))
	require.False(t, report.Whole)
	require.Equal(t, "altered", report.Findings[0].Kind)
	require.Contains(t, report.Findings[0].Place, "billing.lines/")
}

// firstOfTheRun gives the first message of the run on a topic, as it is.
func firstOfTheRun(t *testing.T, kafka bus.Config, topic string) (first []bus.Message) {
	t.Helper()
	lookup, err := bus.NewTopicReader(kafka)
	require.NoError(t, err)
	defer lookup.Close()
	require.NoError(t, lookup.ReadAll(t.Context(), []string{topic}, nil, func(m bus.Message) error {
		if len(first) == 0 && string(m.Header("ce_runid")) == theRun {
			first = append(first, m)
		}
		return nil
	}))
	require.NotEmpty(t, first)
	return first
}
