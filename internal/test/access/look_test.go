package access

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// look looks an effect up.
func (p *play) look(ctx context.Context, e effect) error {
	switch e.Look {
	case "employee":
		return p.lookAtEmployee(ctx, e)
	case "reply":
		return e.check(p.reply)
	case "outcome":
		return e.check(p.outcome)
	case "token":
		status, _, err := p.request(ctx, http.MethodGet, "/employee?limit=1", p.owned, nil)
		if alive := status != http.StatusUnauthorized; err == nil && alive != *e.Alive {
			err = fmt.Errorf("the token is alive: %v", alive)
		}
		return err
	case "list":
		return p.lookAtList(ctx, e)
	case "search":
		return p.lookAtRows(e, rows(p.reply), "email", func(id string) string { return p.emails[id] })
	}
	return fmt.Errorf("there is no look %q", e.Look)
}

// lookAtEmployee reads an employee as an ADMIN. What was done over Kafka may take a moment until it is read.
func (p *play) lookAtEmployee(ctx context.Context, e effect) error {
	try := func() error {
		_, reply, err := p.request(ctx, http.MethodGet, "/employee/"+e.ID+"?includeDeleted=true", p.admin, nil)
		if err != nil {
			return err
		}
		if doc, ok := reply.(map[string]any); !ok || doc["_id"] != e.ID {
			return fmt.Errorf("employee %s cannot be read: %v", e.ID, reply)
		}
		return e.check(reply)
	}
	if p.Door == "kafka" && p.Expect.Result == "allowed" {
		return p.until(ctx, try)
	}
	return try()
}

// lookAtList looks through all pages of a reply.
func (p *play) lookAtList(ctx context.Context, e effect) error {
	list := rows(p.reply)
	if doc, ok := p.reply.(map[string]any); ok && doc["total"] != nil {
		total, err := doc["total"].(json.Number).Int64()
		if err != nil {
			return err
		}
		for int64(len(list)) < total {
			address, err := url.Parse(p.path)
			if err != nil {
				return err
			}
			query := address.Query()
			query.Set("offset", fmt.Sprint(len(list)))
			_, reply, err := p.request(ctx, p.method, address.Path+"?"+query.Encode(), p.token, nil)
			if err != nil {
				return err
			}
			more := rows(reply)
			if len(more) == 0 {
				break
			}
			list = append(list, more...)
		}
	}
	return p.lookAtRows(e, list, "_id", func(id string) string { return id })
}

func (p *play) lookAtRows(e effect, list []any, name string, value func(id string) string) error {
	has := func(id string) bool { _, ok := row(list, name, value(id)); return ok }
	switch {
	case e.Contains != "" && !has(e.Contains):
		return fmt.Errorf("the list of %d lacks %s", len(list), e.Contains)
	case e.Lacks != "" && has(e.Lacks):
		return fmt.Errorf("the list contains %s", e.Lacks)
	case e.Of != "":
		one, ok := row(list, name, value(e.Of))
		if !ok {
			return fmt.Errorf("the list of %d has no row of %s", len(list), e.Of)
		}
		return e.check(one)
	}
	return nil
}
