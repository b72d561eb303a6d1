package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/internal/timeline"
	"tenure/projections"
)

// place is a point of a history: a business time, or a position of its shard; the zero value is its end.
type place struct {
	at       time.Time
	position int64
}

// parsePoint reads TIME or @POSITION; empty is the end.
func parsePoint(text string) (place, error) {
	number, ok := strings.CutPrefix(text, "@")
	switch {
	case text == "":
		return place{}, nil
	case !ok:
		at, err := parseTime(text)
		return place{at: at}, err
	}
	_, number, two := strings.Cut("0:"+number, ":") // "7", or "3:7" as a history writes it
	if i := strings.LastIndex(number, ":"); two && i >= 0 {
		number = number[i+1:]
	}
	position, err := strconv.ParseInt(number, 10, 64)
	if err != nil || position < 1 {
		return place{}, fmt.Errorf("%q is not a position such as @120 or @3:120", text)
	}
	return place{position: position}, nil
}

// until is the part of a history up to a point.
func (at place) until(history []events.Recorded) []events.Recorded {
	end := slices.IndexFunc(history, func(f events.Recorded) bool {
		return at.position != 0 && f.Position > at.position || !at.at.IsZero() && f.At.After(at.at)
	})
	if end < 0 {
		return history
	}
	return history[:end]
}

// employeeDiff is the output of the comparison of an employee at two points.
type diffView struct {
	Employee string `json:"employee"`
	// position of the last event before; empty: the employee did not exist
	From        string                `json:"from,omitempty"`
	To          string                `json:"to,omitempty"`
	Facts       int                   `json:"facts"` // between the two
	Differences []timeline.Difference `json:"differences"`
}

func (p *program) employeeDiff() *cobra.Command {
	var from, to string
	var personal bool
	cmd := &cobra.Command{
		Use:   "diff ID",
		Short: "Compare an employee at two times or positions",
		Args:  cobra.ExactArgs(1),
		Long: "Folds the employee's events up to two points and compares the results property by property. A point is a\n" +
			"business time, or @ and a position of the shard as \"tenure employee history\" prints it; --to is the\n" +
			"present state by default. Personal values are hidden without --personal; that they differ is not.",
		Example: "  tenure employee diff 5e0000000000000000000007 --from 2026-10-30 --to 2026-11-02 --data ./data\n" +
			"  tenure employee diff 5e0000000000000000000007 --from @1:4 --personal --data ./data",
		RunE: func(cmd *cobra.Command, args []string) error {
			first, errFrom := parsePoint(from)
			second, errTo := parsePoint(to)
			if err := errors.Join(named("--from", errFrom), named("--to", errTo)); err != nil {
				return coded(exitUsage, err)
			}
			return p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
				d, err := differenceOf(ctx, s, domain.CanonicalID(args[0]), first, second)
				if err != nil {
					return err
				}
				if !personal {
					timeline.Mask(d.Differences)
				}
				return p.printDifference(d)
			})(cmd, args)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "business time, or @POSITION")
	cmd.Flags().StringVar(&to, "to", "", "business time, or @POSITION (default: the present state)")
	cmd.Flags().BoolVar(&personal, "personal", false, "show personal values")
	_ = cmd.MarkFlagRequired("from")
	return cmd
}

func differenceOf(ctx context.Context, s *store.Store, id string, from, to place) (diffView, error) {
	d := diffView{Employee: id, Differences: []timeline.Difference{}}
	history, err := readHistory(ctx, s, id)
	if err != nil {
		return d, err
	}
	if len(history) == 0 {
		return d, fmt.Errorf("there is no employee %s", id)
	}
	before, after := from.until(history), to.until(history)
	was, err := documentOf(id, before)
	if err != nil {
		return d, err
	}
	is, err := documentOf(id, after)
	if err != nil {
		return d, err
	}
	d.From, d.To, d.Facts = lastPosition(before), lastPosition(after), len(after)-len(before)
	found, err := timeline.Differences(was, is, timeline.PersonalOf(history))
	d.Differences = append(d.Differences, found...)
	return d, err
}

// documentOf is the employee's document at the end of a part of the history; nil before the employee existed.
func documentOf(id string, history []events.Recorded) ([]byte, error) {
	if len(history) == 0 {
		return nil, nil
	}
	e, err := projections.EmployeeFrom(id, history)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

func lastPosition(history []events.Recorded) string {
	if len(history) == 0 {
		return ""
	}
	last := history[len(history)-1]
	return fmt.Sprintf("%d:%d", last.Shard, last.Position)
}

func (p *program) printDifference(d diffView) error {
	t := table.New("PROPERTY", "FROM", "TO")
	for _, one := range d.Differences {
		t.Add(one.Property, string(one.From), string(one.To))
	}
	p.say("%d events between %s and %s", d.Facts, orNothing(d.From), orNothing(d.To))
	return p.print(d, t)
}

func orNothing(position string) string {
	if position == "" {
		return "before the employee existed"
	}
	return position
}
