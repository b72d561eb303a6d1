package command_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/domain"
	"tenure/events"
	"tenure/internal/command"
)

var noon = time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)

func TestCompose_ACommandGoesToTheTopicOfItsKindUnderItsSubjectsKey(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, kind, subject, topic, key string }{
		{"an employee's", "employee.create.v1", "5e01", contract.EmployeeCommands, "5e01"},
		{"a product's", "catalog.put_product.v1", "5b01", contract.CatalogCommands, "5b01"},
		{"a price", "catalog.set_price.v1", "5b01", contract.CatalogCommands, "5b01"},
		{"a customer's", "catalog.put_customer.v1", "5c01", contract.CatalogCommands, "5c01"},
		{"a reseller's", "catalog.put_reseller.v1", "5a01", contract.CatalogCommands, "5a01"},
		{"a run's", "run.start.v1", "nightly/2026-11-01", contract.BillingCommands, "nightly/2026-11-01"},
		{"a document goes by who pays it", "billing.issue_document.v1", "2026-11/CUSTOMER/5c01/DKK", contract.BillingCommands,
			"5c01"},
		{"and so does its number", "billing.record_invoice_number.v1", "2026-11/CUSTOMER/5c01/DKK", contract.BillingCommands,
			"5c01"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m, err := command.Compose(command.Command{Type: row.kind, Subject: row.subject, ID: "c-1", At: noon})
			require.NoError(t, err)
			assert.Equal(t, row.topic, m.Topic)
			assert.Equal(t, row.key, string(m.Key))
		})
	}
}

func TestCompose_AKeyThatIsGivenIsTaken(t *testing.T) {
	t.Parallel()
	m, err := command.Compose(command.Command{Type: "run.open_shard.v1", Subject: "nightly/2026-11-01/3", ID: "c-1",
		Key: "to-shard-3"})
	require.NoError(t, err)
	assert.Equal(t, contract.EmployeeCommands, m.Topic)
	assert.Equal(t, "to-shard-3", string(m.Key))
}

func TestCompose_TheEnvelopeSaysWhatWhoseAndWhen(t *testing.T) {
	t.Parallel()
	m, err := command.Compose(command.Command{Type: "employee.update.v1", Subject: "5e01", ID: "c-1", At: noon})
	require.NoError(t, err)
	for name, want := range map[string]string{
		"ce_specversion": "1.0", "ce_id": "c-1", "ce_commandid": "c-1", "ce_type": "employee.update.v1",
		"ce_source":  "tenure",
		"ce_subject": "5e01", "ce_time": "2026-10-30T12:00:00Z",
	} {
		assert.Equal(t, want, string(m.Header(name)), name)
	}
	assert.Equal(t, noon, m.Time, "by which the command ages")
}

func TestCompose_TheValueHasActorAndPayloadUnderTheirPublishedNames(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		order command.Command
		want  string
	}{
		{"with both", command.Command{Type: "employee.update.v1", Subject: "5e01", Actor: events.Actor{AccessLevel: "OWNER",
			Customer: "5c01"},
			Data: map[string]any{"title": "Tester"}},
			`{"actor":{"accessLevel":"OWNER","customer":"5c01"},"data":{"title":"Tester"}}`},
		{"nothing to say is an empty object", command.Command{Type: "employee.cancel_deletion.v1", Subject: "5e01"},
			`{"actor":{},"data":{}}`},
		{"a command's own type is as good as an object", command.Command{Type: "employee.confirm_mvno_account_deleted.v1",
			Subject: "5e01",
			Data:    domain.ConfirmMvnoAccountDeleted{ID: "a-1"}}, `{"actor":{},"data":{"_id":"a-1"}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m, err := command.Compose(row.order)
			require.NoError(t, err)
			assert.JSONEq(t, row.want, string(m.Value))
		})
	}
}

func TestCompose_WhatIsNoCommandIsNotWritten(t *testing.T) {
	t.Parallel()
	_, err := command.Compose(command.Command{Type: "employee.created.v1", Subject: "5e01"})
	require.ErrorContains(t, err, `command: there is no command "employee.created.v1"`, "a fact is not ordered")
	_, err = command.Compose(command.Command{Type: "employee.update.v1", Subject: "5e01", Data: func() {}})
	require.ErrorContains(t, err, "command: data of employee.update.v1: ")
}
