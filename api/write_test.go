package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/secret"
)

// recorder takes commands as the worker would, without doing anything.
type recorder struct {
	mu       sync.Mutex
	taken    []Command
	finished bool // commands have an outcome when it is asked for
	answer   func(Command) (domain.Outcome, error)
}

// use puts the recorder behind the handlers.
func (d *recorder) use(c *Config) {
	c.Send = func(_ context.Context, command Command) (domain.Outcome, error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.taken = append(d.taken, command)
		if d.answer != nil {
			return d.answer(command)
		}
		return domain.Outcome{Command: command.ID, Subject: command.Employee, Status: domain.StatusApplied, Position: "1:1"},
			nil
	}
	c.Caught = func(context.Context, string) error { return nil }
	c.Outcome = func(_ context.Context, _, id string) (domain.Outcome, bool, error) {
		return domain.Outcome{Command: id, Status: domain.StatusApplied}, d.finished, nil
	}
}

// said are the commands in short: type and data.
func (d *recorder) said() (list []string) {
	for _, c := range d.taken {
		list = append(list, strings.TrimSuffix(strings.TrimPrefix(c.Type, "employee."), ".v1")+" "+string(encoded(c.Data)))
	}
	return list
}

func TestWrite_PutsPropertiesIntoOneCommand(t *testing.T) {
	t.Parallel()
	for body, data := range map[string]string{
		`{}`: `{}`, `{"name":"New","title":null,"custom":[1]}`: `{"custom":[1],"name":"New","title":null}`,
		`{"product":{"_id":"5B0000000000000000000001","name":"x"}}`:        `{"product":"5B0000000000000000000001"}`,
		`{"product":{"name":"x"}}`:                                         `{"product":""}`,
		`{"deleteDate":null,"newProduct":null}`:                            `{"deleteDate":null,"newProduct":null}`,
		`{"addonProducts":[{"_id":"5d0000000000000000000001","units":3}]}`: `{"addonProducts":[{"_id":"5d0000000000000000000001","units":3}]}`,
	} {
		d := &recorder{}
		w := call(t, serve(d.use), http.MethodPost, "/employee/"+equipped, body, as(t, "ADMIN")...)
		require.Equal(t, http.StatusOK, w.Code, "%s: %s", body, w.Body.String())
		require.Equal(t, []string{"update " + data}, d.said())
		require.Equal(t, equipped, d.taken[0].Employee)
		require.Regexp(t, commandForm, d.taken[0].ID)
		require.Equal(t, "ADMIN", d.taken[0].Actor.AccessLevel)
	}
}

func TestIdempotencyKey_CoversSecrets(t *testing.T) {
	t.Parallel()
	sealer, err := secret.NewSealer(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	d := &recorder{}
	h := serve(d.use, func(c *Config) { c.Seal = sealer.Protect })
	admin := as(t, "ADMIN")
	for _, call1 := range []struct{ key, body string }{
		{"k", `{"password":"Sample password 1","pinCode":"1234"}`},
		{"k", `{"pinCode":"1234","password":"Sample password 1"}`},
		{"k", `{"password":"Sample password 2","pinCode":"1234"}`},
		{"k", `{"password":"Sample password 1","pinCode":"1235"}`},
		{"", `{"password":"Sample password 1","pinCode":"1234"}`}, {"", `{"password":"Sample password 1","pinCode":"1234"}`},
	} {
		headers := admin
		if call1.key != "" {
			headers = append([]string{keyHeader, call1.key}, admin...)
		}
		w := call(t, h, http.MethodPost, "/employee/"+plain, call1.body, headers...)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	}
	said, ids := d.said(), map[string]bool{}
	for i, c := range d.taken {
		require.NotContains(t, said[i], "password 1")
		ids[c.ID] = true
	}
	require.Len(t, ids, 3, "calls with one key are one command")
	require.Equal(t, said[0], said[1], "the same content is told by its bytes, so that who decides can compare")
	require.NotContains(t, said[2:], said[0])
	require.NotEqual(t, said[4], said[5], "without a key nothing is repeated")
}

func TestIdempotencyKey_RefusesOtherContent(t *testing.T) {
	t.Parallel()
	d := &recorder{answer: func(Command) (domain.Outcome, error) {
		return domain.Outcome{Status: domain.StatusRejected, Error: &domain.Rejection{Status: 409, Code: "command",
			Check:   "id",
			Message: "A command with this id and other content was answered before"}}, nil
	}}
	w := call(t, serve(d.use), http.MethodPost, "/employee/"+plain, `{"title":"x"}`, append([]string{keyHeader, "k"},
		as(t, "ADMIN")...)...)
	require.Equal(t, http.StatusConflict, w.Code)
	require.Contains(t, w.Body.String(), `"check":"id"`)
}

func TestWrite_ReturnsRejectionsAsTheyAre(t *testing.T) {
	t.Parallel()
	several := &domain.Rejection{Status: 422, Code: "multiple", Message: "Multiple errors", Inner: []*domain.Rejection{
		{Status: 422, Code: "name", Message: "Name is required"},
		{Status: 409, Code: "emailAddress", Message: "The e-mail address is used by another account", Path: "emailAddress"}}}
	one := &domain.Rejection{
		Status:  409,
		Code:    "billingCustomer",
		Message: "An employee can not be assigned a billing customer not assosciated with the employer's customer.",
	}
	for body, no := range map[string]*domain.Rejection{
		`{"error":{"status":422,"code":"multiple","message":"Multiple errors","inner":[{"status":422,"code":"name","message":"Name is required"},
			{"status":409,"code":"emailAddress","message":"The e-mail address is used by another account","path":"emailAddress"}]}}`: several,
		`{"error":{"status":409,"code":"billingCustomer","message":"An employee can not be assigned a billing customer ` +
			`not assosciated with the employer's customer."}}`: one,
	} {
		d := &recorder{answer: func(Command) (domain.Outcome, error) {
			return domain.Outcome{Status: domain.StatusRejected, Error: no}, nil
		}}
		w := call(t, serve(d.use), http.MethodPost, "/employee", `{"name":""}`, as(t, "OWNER")...)
		require.Equal(t, no.Status, w.Code)
		require.JSONEq(t, body, w.Body.String())
	}
}

func TestWrite_NeedsTheLevel(t *testing.T) {
	t.Parallel()
	// Each row: the caller, the write, the target, and the response.
	rows := []struct {
		by           events.Actor
		method, path string
		body         string
		status       int
		code         string
	}{
		{at("VIEWER"), "POST", "/employee", `{"name":"x"}`, 200, ""}, {at("PERSONAL"), "POST", "/employee", `{"name":"x"}`,
			403, "access_denied"},
		{at("VIEWER"), "POST", "/employee", `{"customer":"` + strings.ToUpper(ownCustomer) + `"}`, 200, ""},
		{at("OWNER"), "POST", "/employee", `{"customer":"` + otherCustomer + `"}`, 404, "customer"},
		{at("OWNER"), "POST", "/employee", `{"customer":"x"}`, 404, "customer"},
		{at("RESELLER"), "POST", "/employee", `{"customer":"` + otherCustomer + `"}`, 200, ""},
		{at("RESELLER"), "POST", "/employee", `{"customer":"` + foreignCustomer + `"}`, 404, "customer"},
		{at("RESELLER"), "POST", "/employee", `{}`, 404, "customer"},
		{at("ADMIN"), "POST", "/employee", `{"customer":"` + unknown + `"}`, 200, ""},
		{at("VIEWER"), "POST", "/employee/" + plain, `{}`, 403, "access_denied"},
		{at("MANAGER"), "POST", "/employee/" + plain, `{}`, 200, ""},
		{events.Actor{Employee: viewer, AccessLevel: "VIEWER", Customer: ownCustomer}, "POST", "/employee/" + viewer,
			`{}`, 200, ""},
		{events.Actor{Employee: personal, AccessLevel: "PERSONAL", Customer: ownCustomer}, "POST", "/employee/" + personal,
			`{}`, 200, ""},
		{events.Actor{Employee: personal, AccessLevel: "PERSONAL", Customer: ownCustomer}, "POST", "/employee/" + viewer,
			`{}`, 403, "access_denied"},
		{at("MANAGER"), "POST", "/employee/" + elsewhere, `{}`, 404, "employee"},
		{at("RESELLER"), "POST", "/employee/" + elsewhere, `{}`, 200, ""},
		{at("RESELLER"), "POST", "/employee/" + foreign, `{}`, 404, "employee"},
		{at("ADMIN"), "POST", "/employee/" + deleted, `{}`, 404, "employee"},
		{at("ADMIN"), "POST", "/employee/" + unknown, `{}`, 404, "employee"},
		{at("ADMIN"), "POST", "/employee/x", `{}`, 404, "employee"},
		{at("VIEWER"), "DELETE", "/employee/" + plain, ``, 403, "access_denied"},
		{at("MANAGER"), "DELETE", "/employee/" + plain, ``, 200, ""},
		{at("MANAGER"), "DELETE", "/employee/" + elsewhere, ``, 404, "employee"},
		{at("MANAGER"), "DELETE", "/employee/" + plain, `[`, 400, "employee"},
		{at("OWNER"), "POST", "/employee", ``, 400, "employee"}, {at("OWNER"), "POST", "/employee", `{`, 400, "employee"},
		{at("OWNER"), "POST", "/employee", `[]`, 400, "employee"},
		{at("OWNER"), "POST", "/employee", `null`, 400, "employee"},
		{at("OWNER"), "POST", "/employee", `"x"`, 400, "employee"},
		{at("OWNER"), "POST", "/employee", strings.Repeat("[", 20_000), 400, "employee"},
		{at("OWNER"), "POST", "/employee", `{"name":"` + strings.Repeat("x", bodyBytesMax) + `"}`, 413, "too_large"},
		{at("OWNER"), "POST", "/employee", `{"name":"` + strings.Repeat("<", 200_000) + `"}`, 413, "too_large"},
	}
	for _, row := range rows {
		d := &recorder{answer: func(c Command) (domain.Outcome, error) {
			return domain.Outcome{Subject: plain, Status: domain.StatusApplied}, nil
		}}
		w := call(t, serve(d.use), row.method, row.path, row.body, "X-API-Key", token(t, row.by))
		said := fmt.Sprintf("%s %s %s %.80s: %.200s", row.by.AccessLevel, row.method, row.path, row.body, w.Body.String())
		require.Equal(t, row.status, w.Code, said)
		if row.code != "" {
			require.Contains(t, w.Body.String(), `"code":"`+row.code+`"`, said)
			require.Empty(t, d.taken, said)
		}
	}
}

func TestDelete_TakesTermsFromQueryAndBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ query, body, said string }{
		{"", "", `{"now":true}`}, {"?deleteExtensions=1", "", `{"deleteExtensions":true,"now":true}`},
		{"?deleteDate=2026-11-05&deleteExtensions=true", "", `{"deleteDate":"2026-11-05","deleteExtensions":true}`},
		{"", `{"deleteDate":"2026-11-05T20:00:00Z","deleteMvnoAccounts":true}`,
			`{"deleteDate":"2026-11-05","deleteMvnoAccounts":true}`},
	} {
		d := &recorder{}
		w := call(t, serve(d.use), http.MethodDelete, "/employee/"+plain+c.query, c.body, as(t, "MANAGER")...)
		require.Equal(t, http.StatusOK, w.Code, w.Body.String())
		require.Equal(t, []string{"schedule_deletion " + c.said}, d.said())
	}
}

func TestIdempotencyKey_MakesOneCommand(t *testing.T) {
	t.Parallel()
	owner, other := as(t, "OWNER"), as(t, "ADMIN")
	d := &recorder{answer: func(Command) (domain.Outcome, error) {
		return domain.Outcome{Subject: plain, Status: domain.StatusApplied}, nil
	}}
	h := serve(d.use)
	for _, headers := range [][]string{
		append([]string{keyHeader, "a"}, owner...), append([]string{keyHeader, "a"}, owner...),
		append([]string{keyHeader, "b"}, owner...),
		append([]string{keyHeader, "a"}, other...), owner, owner,
	} {
		require.Equal(t, http.StatusOK, call(t, h, http.MethodPost, "/employee", `{"customer":"`+ownCustomer+`"}`,
			headers...).Code)
	}
	ids := map[string]int{}
	for _, c := range d.taken {
		ids[c.ID]++
		require.Equal(t, c.Employee, c.ID[:24])
	}
	require.Len(t, ids, 5, "the first two are one: %v", ids)
	for _, key := range []string{" ", "é", strings.Repeat("x", 256)} {
		w := call(t, h, http.MethodPost, "/employee", `{}`, append([]string{keyHeader, key}, owner...)...)
		require.Equal(t, http.StatusBadRequest, w.Code, key)
	}
}

func TestWrite_RespondsWithPending(t *testing.T) {
	t.Parallel()
	d := &recorder{answer: func(c Command) (domain.Outcome, error) {
		return domain.Outcome{}, fmt.Errorf("dispatch: outcome of %s: %w", c.ID, context.DeadlineExceeded)
	}}
	h := serve(d.use)
	owner := as(t, "OWNER")
	w := call(t, h, http.MethodPost, "/employee", `{"name":"x"}`, owner...)
	require.Equal(t, http.StatusAccepted, w.Code)
	var told commandState
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &told))
	require.Equal(t, commandState{Command: d.taken[0].ID, Employee: d.taken[0].Employee, Status: statusPending}, told)
	require.JSONEq(t, w.Body.String(), ask(t, h, "/commands/"+told.Command, owner...).Body.String())
	d.finished = true
	require.JSONEq(t, `{"command":"`+told.Command+`","employee":"","status":"applied"}`,
		ask(t, h, "/commands/"+told.Command, owner...).Body.String())
	refused(t, ask(t, h, "/commands/"+told.Command[:52]+"11111", owner...), 404, "command", "Command not found")
	refused(t, ask(t, h, "/commands/"+told.Command, as(t, "ADMIN")...), 404, "command", "Command not found")
	require.Equal(t, http.StatusUnauthorized, ask(t, h, "/commands/"+told.Command).Code)

	late := serve(d.use, func(c *Config) {
		c.Caught = func(context.Context, string) error { return context.DeadlineExceeded }
	})
	d.answer = nil
	require.Equal(t, http.StatusAccepted, call(t, late, http.MethodPost, "/employee", `{"name":"x"}`, owner...).Code,
		"what is written cannot be read yet")
	d.answer = func(Command) (domain.Outcome, error) { return domain.Outcome{Status: "parked"}, nil }
	require.Equal(t, http.StatusAccepted, call(t, h, http.MethodPost, "/employee", `{"name":"x"}`, owner...).Code,
		"a person has to look at it")
}

func TestWrite_HidesInternalErrors(t *testing.T) {
	t.Parallel()
	fault := errors.New("password of the database")
	for name, change := range map[string]func(*Config){
		"sending": func(c *Config) {
			c.Send = func(context.Context, Command) (domain.Outcome, error) { return domain.Outcome{}, fault }
		},
		"sealing":       func(c *Config) { c.Seal = func(map[string]json.RawMessage, string, string) error { return fault } },
		"reading":       func(c *Config) { c.Caught = func(context.Context, string) error { return fault } },
		"a panic of us": func(c *Config) { c.Seal = func(map[string]json.RawMessage, string, string) error { panic(fault) } },
	} {
		d := &recorder{}
		w := call(t, serve(d.use, change), http.MethodPost, "/employee", `{"name":"x"}`, as(t, "OWNER")...)
		require.Equal(t, http.StatusInternalServerError, w.Code, name)
		require.NotContains(t, w.Body.String(), "password", name)
	}
	refusal := func(c *Config) {
		c.Seal = func(map[string]json.RawMessage, string, string) error {
			return &domain.Rejection{Status: 422, Code: "pinCode", Message: "Pincode is invalid - must be 4-10 digits or none"}
		}
	}
	refused(
		t,
		call(t, serve(refusal), http.MethodPost, "/employee", `{"pinCode":"x"}`, as(t, "OWNER")...),
		422,
		"pinCode",
		"Pincode is invalid - must be 4-10 digits or none",
	)
	refused(t, call(t, serve(), http.MethodPost, "/employee", `{}`, as(t, "OWNER")...), 503, "unavailable",
		"The service cannot answer now, please try again")
}

func TestWrite_RefusesWhatNoTopicCarries(t *testing.T) {
	t.Parallel()
	o, h := startLocal(t)
	for members, path := range map[string]string{
		`"title":"a\u0000b"`: "title", `"department":"\ud800"`: "department",
		`"custom":{"a":` + strings.Repeat(`{"a":`, 31) + "1" + strings.Repeat("}", 32): "custom",
		`"addonProducts":[{"units":1e400}]`:                                            "addonProducts",
		`"\u0000":1`:                                                                   "\u0000",
		"\"notes\":\"\xff\"":                                                           "notes",
		`"custom":{"a":1,"a":2}`:                                                       "custom",
		`"emailAddress":"a\u0000b@sample.example"`:                                     "emailAddress",
	} {
		w := call(t, h, http.MethodPost, "/employee", body28(members, true), o.as(t, "ADMIN")...)
		var said struct{ Error domain.Rejection }
		decodeInto(t, w.Body.Bytes(), &said)
		require.Equal(t, []any{http.StatusUnprocessableEntity, path}, []any{w.Code, said.Error.Path}, members)
	}
	w := call(t, h, http.MethodPost, "/employee", body28(`"title":"\u0000","notes":"\u0000"`, true), o.as(t, "ADMIN")...)
	require.Contains(t, w.Body.String(), `"code":"multiple"`)
}

func TestRequest_HasAnID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "sample-1", ask(t, serve(), "/livez", requestHeader, "sample-1").Header().Get(requestHeader))
	for _, bad := range []string{"", "a b", "x\ny", strings.Repeat("x", 65)} {
		require.Regexp(t, `^[0-9a-f]{16}$`, ask(t, serve(), "/livez", requestHeader, bad).Header().Get(requestHeader))
	}
}
