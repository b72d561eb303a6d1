package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/internal/bus"
)

func TestTrace_ACallsTraceIsThatOfTheCommandsItSends(t *testing.T) {
	t.Parallel()
	n := november(t)
	const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	var out, errs bytes.Buffer
	p := &program{out: &out, err: &errs, environ: func(name string) (string, bool) {
		if name == traceVariable {
			return traceparent, true
		}
		return "", false
	}}
	code := execute(t.Context(), p, []string{
		"send", "--data", shared.dir, "--wait", "--type", "catalog.put_reseller.v1", "--subject", "5a0000000000000000000077",
		"--body", `{"name":"Sample reseller 77","currency":"DKK"}`,
	})
	require.Equal(t, exitDone, code, errs.String())
	lookup, err := bus.NewTopicReader(n.Kafka)
	require.NoError(t, err)
	defer lookup.Close()
	var carried []string
	require.NoError(t, lookup.ReadAll(t.Context(), []string{contract.CatalogCommands}, nil, func(m bus.Message) error {
		if string(m.Key) == "5a0000000000000000000077" || string(m.Header("ce_subject")) == "5a0000000000000000000077" {
			carried = append(carried, string(m.Header("traceparent")))
		}
		return nil
	}))
	require.Equal(t, []string{traceparent}, carried)
}
