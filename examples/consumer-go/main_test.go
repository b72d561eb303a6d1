package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
	"tenure/internal/test/environment"
)

// record is a message as Tenure publishes it.
func record(topic, key, subject string, m message) bus.Message {
	headers := []bus.Header{{Key: "ce_type", Value: []byte(m.kind)}, {Key: "ce_position", Value: []byte(m.position)},
		{Key: "ce_subject", Value: []byte(subject)}}
	if m.kind == "billing.line.v1" {
		headers = append(headers, bus.Header{Key: "ce_runid", Value: []byte(april)})
	}
	return bus.Message{Topic: topic, Key: []byte(key), Value: []byte(m.value), Headers: headers}
}

// onTopics gives the address of a broker that holds April's messages.
func onTopics(t *testing.T, messages []bus.Message) []string {
	t.Helper()
	cfg := environment.Bus(t)
	if cfg.TopicPrefix != "" {
		t.Skip("the topics of a shared broker have other names")
	}
	publisher, err := bus.NewPublisher(cfg)
	require.NoError(t, err)
	require.NoError(t, publisher.Publish(context.Background(), messages))
	require.NoError(t, publisher.Close())
	return cfg.Brokers
}

// aprils are the messages of April: lines of two payers, in their own partitions.
func aprils() []bus.Message {
	return []bus.Message{
		record(contract.BillingLines, "customer-1", "1", line(1, "0:5", "190.00")),
		record(contract.BillingLines, "customer-2", "2", line(2, "0:6", "-44.33")),
		record(contract.BillingLines, "customer-2", "4", line(4, "1:5", "-0.10")),
		record(contract.BillingRuns, april, april, message{"run.started.v1", "2048:1", "{}"}),
		record(contract.BillingRuns, april, april, completed),
	}
}

func TestMain_ReadsARunFromItsTopics(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		plant  func([]bus.Message) []bus.Message
		ledger string
		code   int
		says   string
	}{
		{"everything is there", func(m []bus.Message) []bus.Message { return m },
			"CUSTOMER", whole, "OK: nightly/2026-04-01, 3 lines, 0 came again"},
		{"a line stands there twice", func(m []bus.Message) []bus.Message { return append(m, m[0]) },
			"CUSTOMER", whole, "3 lines, 1 came again"},
		{"a line is missing", func(m []bus.Message) []bus.Message { return slices.Delete(m, 1, 2) },
			"CUSTOMER", notWhole, "NOT WHOLE"},
		{"the end of the run is missing", func(m []bus.Message) []bus.Message { return m[:4] },
			"CUSTOMER", tryAgain, "is not completed"},
		{"another ledger has nothing", func(m []bus.Message) []bus.Message { return m },
			"COST", tryAgain, "is not completed"},
		{"what cannot be read is said with its place", func(m []bus.Message) []bus.Message {
			return append(m, record(contract.BillingLines, "customer-1", "9", message{"billing.line.v1", "0:9", "{"}))
		}, "CUSTOMER", failed, "billing.lines/"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			assert.Equal(t, row.code, consume(&out, broker{addresses: onTopics(t, row.plant(aprils()))}, april, row.ledger),
				out.String())
			assert.Contains(t, out.String(), row.says)
		})
	}
}

func TestMain_WithoutARunThereIsNothingToRead(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	assert.Equal(t, failed, consume(&out, broker{addresses: []string{"127.0.0.1:1"}}, "", "CUSTOMER"))
	assert.Contains(t, out.String(), "give -run")
}
