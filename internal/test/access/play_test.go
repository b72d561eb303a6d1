package access

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"tenure/contract"
	"tenure/domain"
	"tenure/internal/bus"
)

// play is one case on its way.
type play struct {
	*system
	accessCase
	token   string // of the actor
	owned   string // a token of the target, made before
	ownedID string
	path    string
	method  string
	reply   any
	outcome any
}

// run plays a case and reports what does not hold.
func (s *system) run(ctx context.Context, c accessCase) error {
	p := &play{system: s, accessCase: c}
	if err := p.prepare(ctx); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	before, err := p.target(ctx)
	if err != nil {
		return err
	}
	status, err := p.act(ctx)
	if err != nil {
		return err
	}
	reply := p.reply
	if p.Door == "kafka" {
		reply = p.outcome
	}
	found := []error{p.Expect.meets(status, reply)}
	for _, e := range p.Expect.Effect {
		found = append(found, p.look(ctx, e))
	}
	if p.Expect.Result == "rejected" || p.Expect.Result == "hidden" {
		after, err := p.target(ctx)
		if err == nil && before != after {
			err = fmt.Errorf("the target changed from %s to %s", before, after)
		}
		found = append(found, err)
	}
	return errors.Join(found...)
}

// target is a target that was made for this case, as an ADMIN sees it.
func (p *play) target(ctx context.Context) (string, error) {
	if !slices.ContainsFunc(p.Fresh, func(o object) bool { return o["_id"] == p.Target }) {
		return "", nil
	}
	_, reply, err := p.request(ctx, http.MethodGet, "/employee/"+p.Target+"?includeDeleted=true", p.admin, nil)
	raw, _ := json.Marshal(reply)
	return string(raw), err
}

// prepare makes the steps before the request; the actor's token is the first of them.
func (p *play) prepare(ctx context.Context) (err error) {
	if id := p.actorID(); p.Door == "http" && id != "none" {
		if p.token, err = p.tokenOf(ctx, id); err != nil {
			return err
		}
	}
	for _, step := range p.Prepare {
		if err := p.step(ctx, step); err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	if p.Activity != nil {
		return p.publishActivity(ctx)
	}
	return nil
}

func (p *play) step(ctx context.Context, step string) error {
	item := "/employee/" + p.Target
	verb, argument, _ := strings.Cut(step, " ")
	switch {
	case step == "actor token":
		return nil
	case step == "token":
		return p.ownToken(ctx)
	case step == "delete now":
		return p.must(ctx, http.MethodDelete, item, p.admin, "")
	case verb == "delete":
		return p.must(ctx, http.MethodDelete, item+"?deleteDate="+argument, p.admin, "")
	case step == "disable":
		return p.must(ctx, http.MethodPost, item, p.admin, `{"state":"DISABLED"}`)
	case step == "no login":
		return p.must(ctx, http.MethodPost, item, p.admin, `{"accessLevel":"NO_LOGIN"}`)
	case step == "secrets":
		return p.must(ctx, http.MethodPost, item, p.admin, `{"password":"Sample password 1","pinCode":"84620"}`)
	case step == "own shortcuts":
		token, err := p.tokenOf(ctx, p.Target)
		if err != nil {
			return err
		}
		return p.must(ctx, http.MethodPost, item, token,
			`{"shortcuts":[{"index":0,"label":"Sample shortcut","url":"/sample"}]}`)
	case step == "machine for a moment":
		return p.machine(ctx)
	}
	return errors.New("there is no such step")
}

// must calls the API and fails unless the call is accepted.
func (p *play) must(ctx context.Context, method, path, token, body string) error {
	status, reply, err := p.request(ctx, method, path, token, []byte(body))
	if err == nil && status >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s %s: %d %v", method, path, status, reply)
	}
	return err
}

// ownToken makes a token of the target and finds its id.
func (p *play) ownToken(ctx context.Context) (err error) {
	if p.owned, err = p.newToken(ctx, p.Target); err != nil {
		return err
	}
	_, reply, err := p.request(ctx, http.MethodGet, "/employee/"+p.Target+"/token", p.admin, nil)
	if err != nil {
		return err
	}
	for _, item := range rows(reply) {
		if doc, ok := item.(map[string]any); ok {
			p.ownedID, _ = doc["_id"].(string)
		}
	}
	if p.ownedID == "" {
		return fmt.Errorf("the token is not listed: %v", reply)
	}
	return nil
}

// machine tries the back door: the target is a machine only while a token of it is made. The actor continues with that
// token, with a wrong one where none was given.
func (p *play) machine(ctx context.Context) error {
	item := "/employee/" + p.Target
	if _, _, err := p.request(ctx, http.MethodPost, item, p.token, []byte(`{"m2mOnly":true}`)); err != nil {
		return err
	}
	_, reply, err := p.request(ctx, http.MethodPost, item+"/token", p.token, []byte(`{"persistent":true}`))
	if err != nil {
		return err
	}
	if _, _, err := p.request(ctx, http.MethodPost, item, p.token, []byte(`{"m2mOnly":false}`)); err != nil {
		return err
	}
	doc, _ := reply.(map[string]any)
	given, _ := doc["token"].(string)
	if p.token = given; given == "" {
		p.token = strings.Repeat("0", 64)
	}
	return nil
}

// publishActivity says on employee.activity what the target does, and waits until the directory shows it.
func (p *play) publishActivity(ctx context.Context) error {
	raw, err := json.Marshal(p.Activity)
	if err != nil {
		return err
	}
	envelope := bus.Envelope{ID: p.ID, Type: "employee.activity.v1", Source: "sample", Subject: p.Target, Time: time.Now()}
	m := bus.Message{Topic: contract.EmployeeActivity, Key: []byte(p.Target), Value: raw, Headers: envelope.Headers()}
	if err := p.publisher.Publish(ctx, []bus.Message{m}); err != nil {
		return err
	}
	customer, _ := p.Fresh[0]["customer"].(string)
	path := "/pbx/app/employees?customer=" + customer + "&ids=" + p.Target
	return p.until(ctx, func() error {
		_, reply, err := p.request(ctx, http.MethodGet, path, p.admin, nil)
		if err == nil && len(valuesAt(reply, []string{"calendar", "_id"})) == 0 {
			err = fmt.Errorf("the activity is not shown: %v", reply)
		}
		return err
	})
}

// until tries something again until it succeeds or its time is over.
func (p *play) until(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, waitMax/2)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

// act sends the request or the command and gives the status.
func (p *play) act(ctx context.Context) (status int, err error) {
	if p.Door == "kafka" {
		return p.command(ctx)
	}
	var found bool
	if p.method, p.path, found = strings.Cut(p.Request, " "); !found {
		return 0, fmt.Errorf("no request: %q", p.Request)
	}
	p.path = strings.ReplaceAll(p.path, "{token}", p.ownedID)
	body := []byte(p.Body)
	if p.Operation == "callgear" {
		if body, err = p.rpc(ctx); err != nil {
			return 0, err
		}
	}
	status, p.reply, err = p.request(ctx, p.method, p.path, p.token, body)
	return status, err
}

// rpc is the call of get.employees: an agent names a customer by one of its employees.
func (p *play) rpc(ctx context.Context) ([]byte, error) {
	params := object{"access_token": p.token}
	if p.Target != "" {
		n, err := p.number(ctx, p.Target)
		if err != nil {
			return nil, err
		}
		params["user_id"] = n
	}
	return json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": "get.employees", "params": params})
}

// command sends the case's command and gives the status of its outcome as HTTP would.
func (p *play) command(ctx context.Context) (status int, err error) {
	c := sending{kind: p.Command.Type, subject: p.Command.Subject, id: p.ID, actor: p.Actor, data: p.Body}
	var text string
	if json.Unmarshal(p.Actor, &text) == nil && text != "" {
		c.actor = nil
		if name, ok := strings.CutPrefix(text, "key:"); ok {
			key, known := p.keys[name]
			if !known {
				return 0, fmt.Errorf("there is no key %s", name)
			}
			c.key, c.actor = key, platform
		}
	}
	outcomes, err := p.send(ctx, c)
	if err != nil {
		return 0, err
	}
	raw, err := json.Marshal(outcomes[0])
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(raw, &p.outcome); err != nil {
		return 0, err
	}
	return statusOf(outcomes[0])
}

func statusOf(o domain.Outcome) (int, error) {
	switch {
	case o.Error != nil:
		return o.Error.Status, nil
	case o.Status == "applied":
		return http.StatusOK, nil
	}
	return 0, fmt.Errorf("the outcome is %s: %s", o.Status, o.Reason)
}
