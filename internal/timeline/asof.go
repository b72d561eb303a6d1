package timeline

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/history"
	"tenure/projections"
)

// AsOf folds the events of an employee up to a point. at is the business time of the point, or of the last event before
// it; false when the employee did not exist then.
func AsOf(
	ctx context.Context,
	r history.Reader,
	id string,
	point history.Point,
) (e projections.Employee, at time.Time, ok bool, err error) {
	all, err := history.Of(ctx, r, domain.Stream(domain.KindEmployee, id))
	if err != nil {
		return e, at, false, err
	}
	part, err := point.Until(all)
	if err != nil || len(part) == 0 {
		return e, at, false, err
	}
	if at = point.At; at.IsZero() {
		at = part[len(part)-1].At
	}
	e, err = projections.EmployeeFrom(id, part)
	return e, at, err == nil, err
}

// Change is how an employee differs between two points.
type Change struct {
	Employee string `json:"employee"`
	// position of the last event before; empty: the employee did not exist
	From        string       `json:"from,omitempty"`
	To          string       `json:"to,omitempty"`
	Facts       int          `json:"facts"` // events between the two
	Differences []Difference `json:"differences"`
}

// Between compares an employee at two points. A Change without points is that of an employee who does not exist.
func Between(ctx context.Context, r history.Reader, id string, from, to history.Point) (Change, error) {
	c := Change{Employee: id, Differences: []Difference{}}
	all, err := history.Of(ctx, r, domain.Stream(domain.KindEmployee, id))
	if err != nil {
		return c, err
	}
	if len(all) == 0 {
		return c, fmt.Errorf("there is no employee %s", id)
	}
	before, after, err := parts(all, from, to)
	if err != nil {
		return c, err
	}
	was, err := documentOf(id, before)
	if err != nil {
		return c, err
	}
	is, err := documentOf(id, after)
	if err != nil {
		return c, err
	}
	c.From, c.To, c.Facts = lastPosition(before), lastPosition(after), len(after)-len(before)
	found, err := Differences(was, is, PersonalOf(all))
	c.Differences = append(c.Differences, found...)
	return c, err
}

func parts(all []events.Recorded, from, to history.Point) (before, after []events.Recorded, err error) {
	if before, err = from.Until(all); err == nil {
		after, err = to.Until(all)
	}
	return before, after, err
}

// documentOf is the document of an employee after a part of its history; nil when the employee did not exist.
func documentOf(id string, part []events.Recorded) ([]byte, error) {
	if len(part) == 0 {
		return nil, nil
	}
	e, err := projections.EmployeeFrom(id, part)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

func lastPosition(part []events.Recorded) string {
	if len(part) == 0 {
		return ""
	}
	last := part[len(part)-1]
	return fmt.Sprintf("%d:%d", last.Shard, last.Position)
}
