package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/table"
)

// topicView is a topic as it is printed.
type topicView struct {
	Topic      string `json:"topic"`
	Partitions int32  `json:"partitions"` // 0: does not exist
	Messages   int64  `json:"messages"`   // offsets, markers of transactions included
	ID         string `json:"id,omitempty"`
	Hidden     bool   `json:"hidden,omitempty"` // this user has no right to describe it
}

func (p *program) topicsList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List topics with partitions and messages",
		Args:    cobra.NoArgs,
		Example: "  tenure topics list --data ./data",
		RunE: p.onLookup(func(ctx context.Context, lookup *bus.TopicReader) error {
			list, missing := viewTopics(ctx, lookup, p.config.Topics())
			t := table.New("TOPIC", ">PARTITIONS", ">MESSAGES", "ID")
			for _, one := range list {
				if one.Hidden {
					t.Add(one.Topic, "", "", "not visible to this user")
					continue
				}
				t.Add(one.Topic, count(int64(one.Partitions)), count(one.Messages), one.ID)
			}
			if err := p.print(list, t); err != nil || missing == nil {
				return err
			}
			return fmt.Errorf("%w; create missing topics with: tenure topics create --yes", missing)
		}),
	}
}

// viewTopics describes each topic; the error names those that cannot be described.
func viewTopics(ctx context.Context, lookup *bus.TopicReader, specs []bus.TopicSpec) (list []topicView, wrong error) {
	for _, spec := range specs {
		one := topicView{Topic: spec.Name}
		states, err := lookup.TopicStates(ctx, []string{spec.Name})
		if one.Hidden = bus.Unauthorized(err); one.Hidden {
			list = append(list, one)
			continue
		}
		if err != nil {
			wrong = errors.Join(wrong, err)
			list = append(list, one)
			continue
		}
		one.Partitions, one.ID = states[0].Count(), states[0].ID
		for _, at := range states[0].Partitions {
			one.Messages += at.Newest - at.Oldest
		}
		list = append(list, one)
	}
	return list, wrong
}
