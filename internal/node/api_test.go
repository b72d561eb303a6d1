package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/projections"
)

// The references of a customer whose employees are hired over HTTP.
const (
	whole        = "5c0000000000000000000009"
	address      = "52f4fd7734697b2800000001"
	subscription = "1234567890abcdef12345678"
)

// office is a running system with a caller of its APIs.
type office struct {
	*system
	at Connection
}

func openOffice(t *testing.T) *office {
	t.Helper()
	dir := t.TempDir()
	o := &office{system: startSystem(t, nil)}
	at, err := o.Announce(t.Context(), dir)
	require.NoError(t, err)
	o.at = at
	o.apply(append(company(), newCommand("catalog.put_customer.v1", whole, "whole", map[string]any{
		"reseller": reseller, "name": "Sample customer", "currency": "DKK", "features": []string{"PBX"},
		"addresses": []events.Address{{ID: address, Primary: true, Address: "Sample street 1", Zip: "2600",
			City: "Sample city", Country: "DK"}},
		"subscriptions": []string{subscription},
	}))...)
	return o
}

// call sends a request to the APIs and gives status and answer.
func (o *office) call(method, path, body string, headers ...string) (int, map[string]any) {
	o.t.Helper()
	request, err := http.NewRequestWithContext(o.t.Context(), method, o.at.HTTP+path, bytes.NewBufferString(body))
	require.NoError(o.t, err)
	request.Header.Set("X-API-Key", o.at.Token)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(o.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(o.t, err)
	var answer map[string]any
	require.NoError(o.t, json.Unmarshal(raw, &answer), string(raw))
	return response.StatusCode, answer
}

// example is the create page's example, repaired: ids of 24 characters, a user product, a customer.
const example = `{"customer":"` + whole +
	`","accessLevel":"OWNER","state":"ENABLED","name":"Sample employee 07","address":"52F4FD7734697B2800000001",
	"title":"Managing director","department":"Sample department","emailAddress":"seven@sample.example","noEmail":false,"ipRestriction":"87.234.55.240",
	"language":"da","notes":"Don't send mail on Fridays","primaryContact":true,"smsValidation":false,"authenticatorValidation":true,
	"subscriptions":["1234567890ABCDEF12345678"],"product":"` + product +
	`","apiAccessFilter":[],"m2mOnly":false,"webauthnOnly":false}`

func TestCreateEmployee_TheExampleOfThePage(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	status, made := o.call(http.MethodPost, "/employee", example)
	require.Equal(t, http.StatusOK, status, "%v", made)
	status, read := o.call(http.MethodGet, "/employee/"+made["_id"].(string), "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, made, read, "what it is told is what is read")
	for name, value := range map[string]any{
		"name": "Sample employee 07", "address": address, "subscriptions": []any{subscription},
		"notes": "Don't send mail on Fridays", "primaryContact": true,
	} {
		require.Equal(t, value, read[name])
	}
	require.Equal(t, "PBX user", read["product"].(map[string]any)["name"])

	status, refused := o.call(http.MethodPost, "/employee", strings.Replace(example, "seven@", "SEVEN@", 1))
	require.Equal(t, http.StatusConflict, status)
	require.Equal(t, "emailAddress", refused["error"].(map[string]any)["code"], "a login name is one employee's")
	for property, code := range map[string]string{
		`"address":"5c00000000000000000000ff"`: "address", `"subscriptions":["5c00000000000000000000ff"]`: "subscriptions",
		`"name":""`:       "name",
		`"language":"xx"`: "language", `"unheardOf":1`: "unheardOf", `"recording":{"quality":"LOUD"}`: "recordingQuality",
	} {
		status, refused := o.call(http.MethodPost, "/employee/"+made["_id"].(string), "{"+property+"}")
		require.GreaterOrEqual(t, status, 400)
		require.Equal(t, code, refused["error"].(map[string]any)["code"], "%v", refused)
	}
}

func TestApi_ACallerReadsWhatItWrote(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	const callers, writes = 4, 8
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			_, made := o.call(http.MethodPost, "/employee", fmt.Sprintf(`{"customer":%q,"name":"Sample employee %d"}`, whole, n))
			path := "/employee/" + made["_id"].(string)
			for i := range writes {
				title := fmt.Sprintf("Title %d", i)
				status, told := o.call(http.MethodPost, path, fmt.Sprintf(`{"title":%q}`, title))
				_, read := o.call(http.MethodGet, path, "")
				if status != http.StatusOK || told["title"] != title || read["title"] != title {
					t.Errorf("%d: %v, and then %v", status, told, read)
				}
			}
		})
	}
	all.Wait()
}

func TestApi_TheSameCallWithAKeyTakesEffectOnce(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	body := fmt.Sprintf(
		`{"customer":%q,"name":"Sample employee 01","accessLevel":"OWNER","emailAddress":"one@sample.example","password":"Sample password 1"}`,
		whole,
	)
	_, first := o.call(http.MethodPost, "/employee", body, "Idempotency-Key", "once")
	status, again := o.call(http.MethodPost, "/employee", body, "Idempotency-Key", "once")
	require.Equal(t, http.StatusOK, status, "%v", again)
	require.Equal(t, first, again)
	_, list := o.call(http.MethodGet, "/employee?customer="+whole, "")
	require.EqualValues(t, 1, list["total"])
	plain := fmt.Sprintf(`{"customer":%q,"name":"Sample employee 02"}`, whole)
	_, _ = o.call(http.MethodPost, "/employee", plain, "Idempotency-Key", "twice")
	status, other := o.call(http.MethodPost, "/employee", strings.Replace(plain, "02", "03", 1), "Idempotency-Key",
		"twice")
	require.Equal(t, http.StatusConflict, status, "%v", other)
}

func TestApi_CallsAndCalendarsComeFromTheirTopicIntoTheDirectory(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	_, made := o.call(http.MethodPost, "/employee", fmt.Sprintf(`{"customer":%q,"name":"Sample employee 01"}`, whole))
	id := made["_id"].(string)
	o.apply(newCommand("employee.assign_extension.v1", id, "x", map[string]any{"_id": "e00000000000000000000001",
		"number": "101"}))
	tell := func(value []byte) {
		require.NoError(t, o.publisher.Publish(t.Context(), []bus.Message{{Topic: contract.EmployeeActivity, Key: []byte(id),
			Value: value}}))
	}
	states := func() (found []string) {
		list, err := projections.DirectoryOf(t.Context(), o.Store, projections.DirectoryQuery{Customer: whole})
		require.NoError(t, err)
		for _, e := range list {
			found = append(found, string(e.Activity))
		}
		return found
	}
	tell([]byte(`{"calls":[{"_id":"pbx:1","extension":"e00000000000000000000001","state":"CALL_RING"}]}`))
	require.Eventually(t, func() bool { return strings.Contains(states()[0], "CALL_RING") }, waitMax, 20*time.Millisecond)
	tell([]byte(`{"calendar":[{"_id":"1","subject":"Sample subject"}]}`))
	require.Eventually(t, func() bool {
		return !strings.Contains(states()[0], "CALL_RING") && strings.Contains(states()[0], "Sample subject")
	}, waitMax, 20*time.Millisecond)
	tell(nil)
	require.Eventually(t, func() bool { return states()[0] == "" }, waitMax, 20*time.Millisecond)
	history, err := o.Store.StreamEvents(t.Context(), "employee/"+id, 1)
	require.NoError(t, err)
	require.Len(t, history, 2, "created, and given an extension: nothing of it is in the log")
}
