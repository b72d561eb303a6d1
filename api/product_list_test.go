package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/events"
)

// owned puts products with owners beside the sample catalogue's.
func owned(c *Config) {
	c.Catalog = func() Catalog {
		all := sampleCatalog()
		only := true
		for id, p := range map[string]events.ProductPut{
			"5b0000000000000000000011": {Type: "OTHER", Name: "Of the reseller", Recurrence: "MONTHLY", Reseller: ownReseller},
			"5b0000000000000000000012": {Type: "OTHER", Name: "Of another reseller", Recurrence: "MONTHLY",
				Reseller: otherReseller},
			"5b0000000000000000000013": {Type: "OTHER", Name: "Of the customer", Recurrence: "MONTHLY", Customer: ownCustomer},
			"5b0000000000000000000014": {Type: "OTHER", Name: "Of another customer", Recurrence: "MONTHLY",
				Customer: otherCustomer},
			"5b0000000000000000000015": {Type: "OTHER", Name: "For resellers", Recurrence: "MONTHLY", Reseller: ownReseller,
				ApplyByResellerOnly: &only},
		} {
			all.Fold(events.Recorded{Stream: "product/" + id, Event: p})
		}
		return all
	}
}

func TestProducts_AreThoseThatTheCallerCouldAssign(t *testing.T) {
	t.Parallel()
	names := func(level, query string) (list []string, total float64) {
		w := ask(t, serve(owned), "/product"+query, as(t, level)...)
		var doc struct {
			Total    float64
			Products []struct{ Name, Reseller, Customer string }
		}
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
		conforms(t, "/product", "get", w.Code, w.Body.Bytes())
		for _, p := range doc.Products {
			list = append(list, p.Name)
		}
		return list, doc.Total
	}
	own, total := names("MANAGER", "?type=OTHER")
	require.Equal(t, []string{"Busylight", "Of the reseller", "Of the customer"}, own)
	require.EqualValues(t, 3, total)
	reseller, _ := names("RESELLER", "?type=OTHER&customer="+ownCustomer)
	require.Equal(t, append(own, "For resellers"), reseller)
	page, total := names("ADMIN", "?type=OTHER&offset=1&limit=1&customer="+otherCustomer)
	require.Equal(t, []string{"Of the reseller"}, page)
	require.EqualValues(t, 4, total)
	for query, want := range map[string]struct {
		level  string
		status int
	}{
		"": {"VIEWER", 403}, "?customer=" + otherCustomer: {"OWNER", 404}, "?customer=" + unknown: {"ADMIN", 404},
		"?limit=0":  {"OWNER", 422},
		"?filter=x": {"OWNER", 422},
	} {
		require.Equal(t, want.status, ask(t, serve(owned), "/product"+query, as(t, want.level)...).Code, query)
	}
	require.Equal(t, 422, ask(t, serve(owned), "/product", as(t, "ADMIN")...).Code, "it has no customer")
}

func TestEmployees_AreFilteredByText(t *testing.T) {
	t.Parallel()
	for text, total := range map[string]float64{"middle": 1, "MIDDLE": 1, "two_2%25": 1, "nobody%20at%20all": 0,
		"sample": 9} {
		w := ask(t, serve(), "/employee?filter="+text, as(t, "OWNER")...)
		require.Equal(t, total, document(t, w)["total"], "%s: %s", text, w.Body.String())
	}
	for bad, status := range map[string]int{"?filter=%00": 422, "?filter=": 422, "?filter=%ff": 422} {
		require.Equal(t, status, ask(t, serve(), "/employee"+bad, as(t, "OWNER")...).Code, bad)
	}
}

func TestCallGear_FieldsWithinFieldsAreProhibited(t *testing.T) {
	t.Parallel()
	key := token(t, at("VIEWER"))
	for params, mnemonic := range map[string]string{
		`"filter":{"field":"group_id","operator":"=","value":1}`:                   "filter_prohibited",
		`"sort":[{"field":"coach_id"}]`:                                            "sort_prohibited",
		`"filter":{"field":"group_ids","operator":"=","value":1}`:                  "unexpected_parameters",
		`"filter":{"field":"email","operator":"regexp","value":"(a{500}){2}b{9}"}`: "invalid_parameter_value",
	} {
		require.Equal(t, mnemonic, get(t, serve(), key, params).Error.Data.Mnemonic, params)
	}
}

func TestJtel_FindsLettersOfAnyAlphabetInAnyCase(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	name := "åse." + login()
	createEmployee(t, `"accessLevel":"VIEWER","emailAddress":"`+name+`"`)
	rest := name[len("åse."):]
	for uid, count := range map[string]float64{"%C3%A5se." + rest: 1, "%C3%85SE." + strings.ToUpper(rest): 1, "%C3%A4se." +
		rest: 0} {
		w := ask(t, h, "/rest/v1.0/"+ownCustomer+"/users/user?uid="+uid, o.as(t, "OWNER")...)
		require.Equal(t, count, document(t, w)["count"], "%s: %s", uid, w.Body.String())
	}
}
