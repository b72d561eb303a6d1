package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"tenure/billing"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

// invoiced are the documents of the tests, by ledger.
func invoiced(t *testing.T) map[billing.Ledger]string {
	t.Helper()
	invoices.Do(func() { invoices.refs = putInvoices(t) })
	require.NotNil(t, invoices.refs, "another test could not put them")
	return invoices.refs
}

// invoices are put once, by the test that needs them first.
var invoices struct {
	sync.Once
	refs map[billing.Ledger]string
}

// putInvoices puts a document of each ledger into the log and the read models, each with two lines.
func putInvoices(t *testing.T) map[billing.Ledger]string {
	t.Helper()
	ctx := t.Context()
	refs := map[billing.Ledger]string{}
	b := &pgx.Batch{}
	j := feedtest.NewJournal(t, db)
	for ledger, payer := range map[billing.Ledger]string{billing.Customer: ownCustomer, billing.Reseller: ownReseller,
		billing.Cost: platform} {
		ref := "2026-10/" + string(ledger) + "/" + payer + "/DKK"
		refs[ledger] = ref
		var lines []billing.Line
		for range 2 {
			lines = append(lines, billing.Line{
				ID:       uuid.New(),
				Kind:     billing.Charge,
				Ledger:   ledger,
				Employee: plain,
				BillTo:   payer,
				Source:   billing.ProductSource,
				Product:  productMaster,
				Period:   billing.Period{From: billing.MustDate("2026-10-01"), To: billing.MustDate("2026-11-01")},
				Units:    billing.MustAmount("1"),
				UnitPrice: billing.MustAmount(
					"79",
				),
				Months:      billing.Ratio{Num: 1, Den: 1},
				Amount:      billing.MustAmount("79.00"),
				Scale:       2,
				Currency:    "DKK",
				DocumentRef: ref,
			})
		}
		invoiced := events.EmployeeInvoiced{Run: "nightly/2026-10-01", AsOf: billing.MustDate("2026-10-01"), Lines: lines}
		j.Append(0, feedtest.Entry{Stream: "employee/" + plain, Event: invoiced, Run: invoiced.Run})
		position := j.Head(0)
		require.NoError(t, projections.Lines{}.Write(ctx, db, []events.Recorded{{
			Stream: "employee/" + plain, Position: position, Event: invoiced,
		}}, b))
		require.NoError(t, projections.Documents{}.Write(ctx, db, []events.Recorded{{
			Stream: "document/" + ref, Position: position,
			Event: events.DocumentIssued{DocumentRef: ref, Type: "INVOICE", Ledger: ledger, BillTo: payer, Currency: "DKK",
				Total: events.NewMoney(decimal.NewFromInt(158), 2), Lines: 2, Run: "nightly/2026-11-01"},
		}}, b))
	}
	require.NoError(t, db.InTx(ctx, b))
	return refs
}

func TestInvoices_AreReadByWhomTheLedgerIsFor(t *testing.T) {
	t.Parallel()
	refs := invoiced(t)
	for _, row := range []struct {
		by     events.Actor
		ledger billing.Ledger
		payer  string
		status int
	}{
		{at("OWNER"), billing.Customer, ownCustomer, 200}, {at("MANAGER"), billing.Customer, "", 200},
		{at("VIEWER"), billing.Customer, ownCustomer, 403},
		{at("OWNER"), billing.Reseller, ownReseller, 403}, {at("OWNER"), billing.Cost, platform, 403},
		{at("RESELLER"), billing.Customer, ownCustomer, 200},
		{at("RESELLER"), billing.Reseller, ownReseller, 200}, {at("RESELLER"), billing.Cost, platform, 403},
		{at("RESELLER_ADMIN"), billing.Cost, platform, 200},
		{events.Actor{AccessLevel: "RESELLER", Reseller: otherReseller}, billing.Reseller, ownReseller, 404},
		{events.Actor{AccessLevel: "OWNER", Customer: otherCustomer}, billing.Customer, ownCustomer, 404},
		{at("ADMIN"), billing.Reseller, ownReseller, 200},
	} {
		path := "/invoice"
		if row.payer != "" {
			path += "?billTo=" + row.payer
		}
		key := token(t, row.by)
		list := ask(t, serve(), path, "X-API-Key", key)
		require.Equal(t, row.status, list.Code, "%v %s: %s", row.by, path, list.Body.String())
		one := ask(t, serve(), "/invoice/"+refs[row.ledger], "X-API-Key", key)
		require.Equal(t, row.status, one.Code, "%v %s: %s", row.by, refs[row.ledger], one.Body.String())
		if row.status == http.StatusOK {
			require.Contains(t, list.Body.String(), refs[row.ledger])
			conforms(t, "/invoice", "get", 200, list.Body.Bytes())
			conforms(t, "/invoice/{ref}", "get", 200, one.Body.Bytes())
		}
	}
}

func TestInvoices_HavePages(t *testing.T) {
	t.Parallel()
	ref := invoiced(t)[billing.Customer]
	var page struct {
		Lines []map[string]any
		After string
	}
	ids := map[any]bool{}
	path := "/invoice/" + ref + "?limit=1"
	for range 3 {
		page.After, page.Lines = "", nil
		w := ask(t, serve(), path, as(t, "OWNER")...)
		require.Equal(t, 200, w.Code, w.Body.String())
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &page))
		if page.After == "" {
			break
		}
		require.Equal(t, "79.00", page.Lines[0]["amount"])
		ids[page.Lines[0]["lineId"]] = true
		path = "/invoice/" + ref + "?limit=1&after=" + page.After
	}
	require.GreaterOrEqual(t, len(ids), 2)
	free := ask(t, serve(), "/invoice/"+ref+"?showIncludedProducts=true", as(t, "OWNER")...)
	require.Contains(t, free.Body.String(), `"includedProducts":[]`)
	conforms(t, "/invoice/{ref}", "get", 200, free.Body.Bytes())
	for bad, status := range map[string]int{"?showIncludedProducts=x": 422, "?after=1:2": 422, "?after=x": 422,
		"?after=-1:0:0": 422, "?limit=501": 422} {
		require.Equal(t, status, ask(t, serve(), "/invoice/"+ref+bad, as(t, "OWNER")...).Code, bad)
	}
	for _, unknownRef := range []string{"2026-10/CUSTOMER/" + ownCustomer + "/EUR", "x", "2026-10/OTHER/x/DKK"} {
		require.Equal(t, 404, ask(t, serve(), "/invoice/"+unknownRef, as(t, "OWNER")...).Code, unknownRef)
	}
}

// A failover loses the end of the log between two pages: the place that the first one ended at is another line's.
func TestInvoices_APageBehindALostEndIsRefused(t *testing.T) {
	t.Parallel()
	ref := invoiced(t)[billing.Customer]
	lost := false
	as, server := as(t, "OWNER"), serve(func(c *Config) {
		c.Hash = func(ctx context.Context, shard int32, position int64) ([]byte, error) {
			hash, err := db.HashAt(ctx, store.ShardID(shard), position)
			require.NotEmpty(t, hash)
			if lost {
				hash = append([]byte{^hash[0]}, hash[1:]...)
			}
			return hash, err
		}
	})
	page := func(after string) (status int, next, body string) {
		path := "/invoice/" + ref + "?limit=1"
		if after != "" {
			path += "&after=" + after
		}
		w := ask(t, server, path, as...)
		var answer struct{ After string }
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &answer))
		return w.Code, answer.After, w.Body.String()
	}
	_, after, _ := page("")
	require.Regexp(t, `^\d+:\d+:\d+:[0-9a-f]{16}$`, after)
	status, _, body := page(after)
	require.Equal(t, 200, status, body)
	lost = true
	status, _, body = page(after)
	require.Equal(t, 409, status, body)
	require.Contains(t, body, "begin with the first page again")
	status, _, body = page(after[:strings.LastIndex(after, ":")])
	require.Equal(t, 200, status, "as builds of before named it: %s", body)
	status, _, _ = page("")
	require.Equal(t, 200, status)
}
