package access

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"tenure/api"
	"tenure/events"
)

// request calls the API and reads the reply, nil where it has no body.
func (s *system) request(ctx context.Context, method, path, token string, body []byte) (status int, reply any,
	err error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+s.node.HTTP+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil || len(bytes.TrimSpace(raw)) == 0 {
		return response.StatusCode, nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&reply); err != nil {
		return response.StatusCode, nil, fmt.Errorf("%s %s: %q: %w", method, path, raw, err)
	}
	return response.StatusCode, reply, nil
}

// tokenOf is a persistent token of an employee, made once.
func (s *system) tokenOf(ctx context.Context, employee string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token, ok := s.tokens[employee]; ok {
		return token, nil
	}
	token, err := s.newToken(ctx, employee)
	if err == nil {
		s.tokens[employee] = token
	}
	return token, err
}

// newToken makes a token of an employee as an operator does, past what binds the employee itself.
func (s *system) newToken(ctx context.Context, employee string) (string, error) {
	status, reply, err := s.request(ctx, http.MethodGet, "/employee/"+employee, s.admin, nil)
	doc, _ := reply.(map[string]any)
	if err != nil || doc == nil || status != http.StatusOK {
		return "", fmt.Errorf("no employee %s for a token: %d %w", employee, status, cmp.Or(err, io.EOF))
	}
	text := func(name string) string { v, _ := doc[name].(string); return v }
	rights := events.Actor{Employee: employee, AccessLevel: text("accessLevel"), Customer: text("customer"),
		Reseller: "5a0000000000000000000010"}
	return api.Tokens{Database: s.node.Store}.Create(ctx, rights, 0)
}

// number is the integer of an employee, as jtel and CallGear name it.
func (s *system) number(ctx context.Context, employee string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	email := s.emails[employee]
	if n, ok := s.numbers[email]; ok {
		return n, nil
	}
	_, reply, err := s.request(ctx, http.MethodGet, "/employee/"+employee, s.admin, nil)
	if err != nil {
		return 0, err
	}
	doc, _ := reply.(map[string]any)
	_, reply, err = s.request(ctx, http.MethodGet, fmt.Sprintf("/rest/v1.0/%v/users", doc["customer"]), s.admin, nil)
	if err != nil {
		return 0, err
	}
	for _, item := range rows(reply) {
		user, _ := item.(map[string]any)
		if id, ok := user["ID"].(json.Number); ok {
			n, err := id.Int64()
			if err != nil {
				return 0, err
			}
			s.numbers[strings.ToLower(fmt.Sprint(user["UID"]))] = n
		}
	}
	n, ok := s.numbers[email]
	if !ok {
		return 0, fmt.Errorf("employee %s has no number", employee)
	}
	return n, nil
}
