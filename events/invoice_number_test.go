package events_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

func TestInvoiceNumber_ReadsNumbersOfOlderLogs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`{"invoiceNumber":20260001,"dueDate":"2026-06-30"}`: "20260001",
		`{"invoiceNumber":"2026-0001"}`:                     "2026-0001",
		`{"invoiceNumber":"007"}`:                           "007",
		`{"invoiceNumber":null}`:                            "",
	} {
		e, err := events.Decode("billing.invoice_number_recorded.v1", []byte(raw))
		require.NoError(t, err)
		require.Equal(t, want, string(e.(events.InvoiceNumberRecorded).InvoiceNumber), raw)
		require.Equal(t, "billing.invoice_number_recorded.v2", e.EventType())
	}
	for _, raw := range []string{"0", "-1", "12.5", "1e3", "007", "true", "[]", "{}"} {
		_, err := events.Decode("billing.invoice_number_recorded.v2", []byte(`{"invoiceNumber":`+raw+`}`))
		require.Error(t, err, raw)
	}
}
