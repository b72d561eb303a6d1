package api

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccounts_AreThoseOfACustomerWithAndWithoutAnEmployee(t *testing.T) {
	t.Parallel()
	list := func(level, query string) (ids []string, total float64) {
		w := ask(t, serve(), "/mvno"+query, as(t, level)...)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		conforms(t, "/mvno", "get", w.Code, w.Body.Bytes())
		var doc struct {
			Total    float64
			Accounts []struct {
				ID       string `json:"_id"`
				Employee string
				PBX      int
				Sim      struct{ Network string } `json:"mvnoSim"`
			} `json:"mvnoAccounts"`
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
		for _, a := range doc.Accounts {
			ids = append(ids, a.ID[22:])
			require.Equal(t, a.ID == "a00000000000000000000002", a.Employee != "", "the other lives on without one")
			require.Equal(t, a.ID == "a00000000000000000000002", a.PBX == 1 && a.Sim.Network == "TDC")
		}
		return ids, doc.Total
	}
	for query, want := range map[string][]string{
		"": {"02", "03"}, "?available=true": {"03"}, "?pbx=true": {"02"}, "?network=TDC": {"02"},
		"?ratePlan=" + productRatePlan: {"02"}, "?filter=mobile": {"02"}, "?filter=4500000003": {"03"},
		"?filter=nobody": nil, "?limit=1": {"02"}, "?limit=1&offset=1": {"03"},
	} {
		ids, total := list("VIEWER", query)
		require.Equal(t, want, ids, query)
		if query == "?limit=1" || query == "" {
			require.EqualValues(t, 2, total)
		}
	}
	_, total := list("VIEWER", "?offset=7")
	require.EqualValues(t, 2, total, "a page behind the end still says how many there are")
	ids, _ := list("RESELLER", "?customer="+ownCustomer)
	require.Equal(t, []string{"02", "03"}, ids)
	for _, refused := range []struct {
		level, query string
		status       int
	}{
		{"PERSONAL", "", http.StatusForbidden},
		{"VIEWER", "?customer=" + otherCustomer, http.StatusNotFound},
		{"RESELLER", "?customer=" + foreignCustomer, http.StatusNotFound},
		{"VIEWER", "?available=yes", http.StatusUnprocessableEntity},
		{"VIEWER", "?pbx=", http.StatusUnprocessableEntity},
		{"VIEWER", "?unlinked=true", http.StatusUnprocessableEntity},
		{"VIEWER", "?filter=%00", http.StatusUnprocessableEntity},
	} {
		w := ask(t, serve(), "/mvno"+refused.query, as(t, refused.level)...)
		require.Equal(t, refused.status, w.Code, refused.level+refused.query)
	}
}
