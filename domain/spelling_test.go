package domain_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/domain"
)

func TestSpelling_CountsExactlyOnly(t *testing.T) {
	t.Parallel()
	for _, r := range []struct{ name, command, data, want string }{
		{"in capitals", "employee.add_addon.v1", `{"_id":"a1","UNITS":1}`, "UNITS"},
		{"with a capital", "billing.record_invoice_number.v1", `{"InvoiceNumber":12}`, "InvoiceNumber"},
		{"of a creation", "employee.create.v1", `{"name":"x","Customer":"c"}`, "Customer"},
		{"an attribute of a creation", "employee.create.v1", `{"name":"x","Title":"y"}`, "Title"},
		{"of an update", "employee.update.v1", `{"newproduct":"p"}`, "newproduct"},
		{"in a list", "employee.create.v1", `{"name":"x","addonProducts":[{"_id":"a"},{"unitprice":1}]}`, "unitprice"},
		{"in a list of a product", "catalog.put_product.v1", `{"includedProducts":[{"Product":"p","amount":1}]}`, "Product"},
		{"with escapes", "employee.add_addon.v1", `{"_id":"a1","\u0055nits":1}`, "Units"},
		{"with room before the colon", "employee.add_addon.v1", "{\"Units\" \n:1}", "Units"},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "422 "+r.want+": is not a property of this command", refusal(t, refused(t, r.command, r.data)))
		})
	}
}

func TestSpelling_TakesEscapesAndObjectsOfAnyKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][2]string{
		"escapes":           {"employee.add_addon.v1", `{"\u005fid":"a1","units":1}`},
		"text like a key":   {"employee.add_addon.v1", `{"_id":"UNITS","name":"Units\":"}`},
		"null":              {"employee.cancel_deletion.v1", `null`},
		"nothing":           {"employee.cancel_deletion.v1", `{}`},
		"a list of nothing": {"catalog.put_product.v1", `{"includedProducts":[]}`},
	} {
		_, err := domain.DecodeCommand(c[0], []byte(c[1]))
		require.NoError(t, err, name)
	}
	var value struct {
		Data  json.RawMessage            `json:"data"`
		Parts map[string]struct{ A int } `json:"parts"`
	}
	require.NoError(t, domain.DecodeExactly([]byte(`{"data":{"ANY":1},"parts":{"Any":{"A":1}}}`), &value))
	require.ErrorContains(t, domain.DecodeExactly([]byte(`{"DATA":{}}`), &value), "DATA")
	require.ErrorContains(t, domain.DecodeExactly([]byte(`{"parts":{"Any":{"a":1}}}`), &value), "a: is not a property")
}

// A plain command must not pay for the check: its keys are looked up, and nothing is decoded twice.
func BenchmarkDecodeCommand(b *testing.B) {
	data := []byte(`{"_id":"a1","product":"p","units":"2","unitPrice":"95.00","start":"2026-10-10","name":"` +
		strings.Repeat("x", 40) + `"}`)
	for b.Loop() {
		if _, err := domain.DecodeCommand("employee.add_addon.v1", data); err != nil {
			b.Fatal(err)
		}
	}
}
