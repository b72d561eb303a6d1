package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/table"
)

func (p *program) topics() *cobra.Command {
	cmd := &cobra.Command{Use: "topics", Short: "The Kafka topics"}
	cmd.AddCommand(p.topicsList(), p.topicsCreate(), p.topicsPlan(), p.topicsApply(), p.topicsRebase())
	return cmd
}

// topicView is a topic as it is printed.
type topicView struct {
	Topic      string `json:"topic"`
	Partitions int32  `json:"partitions"` // 0: does not exist
	Messages   int64  `json:"messages"`   // offsets, markers of transactions included
	ID         string `json:"id,omitempty"`
	Hidden     bool   `json:"hidden,omitempty"` // this user has no right to see it
}

func (p *program) topicsList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List them with partitions and messages", Args: cobra.NoArgs, Example: "  tenure topics list --data ./data",
		RunE: p.onLookup(func(ctx context.Context, lookup *bus.Lookup) error {
			list, missing := viewTopics(ctx, lookup, p.config.Topics())
			t := table.New("TOPIC", ">PARTITIONS", ">MESSAGES", "ID")
			for _, one := range list {
				if one.Hidden {
					t.Add(one.Topic, "", "", "not for this user to see")
					continue
				}
				t.Add(one.Topic, count(int64(one.Partitions)), count(one.Messages), one.ID)
			}
			if err := p.print(list, t); err != nil || missing == nil {
				return err
			}
			return fmt.Errorf("%w; create what is missing with: tenure topics create --yes", missing)
		}),
	}
}

// viewTopics looks at each topic; the error tells what is wrong with those that cannot be looked at.
func viewTopics(ctx context.Context, lookup *bus.Lookup, specs []bus.TopicSpec) (list []topicView, wrong error) {
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

func (p *program) topicsCreate() *cobra.Command {
	var yes, dry bool
	cmd := &cobra.Command{
		Use: "create", Short: "Create those that are missing; existing ones are left alone", Args: cobra.NoArgs,
		Example: "  tenure topics create --kafka-brokers kafka-0:9092 --kafka-partitions 16 --yes",
		RunE: func(cmd *cobra.Command, _ []string) error {
			specs := p.config.Topics()
			if dry || !yes {
				return p.previewTopics(specs, dry)
			}
			kafka, err := p.kafka()
			if err != nil {
				return err
			}
			if err := bus.EnsureTopics(cmd.Context(), kafka, specs); err != nil {
				return err
			}
			p.say("all %d topics are there", len(specs))
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "create them")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show what would be there")
	return cmd
}

func (p *program) previewTopics(specs []bus.TopicSpec, dry bool) error {
	t := table.New("TOPIC", ">PARTITIONS", "CLEANUP", "RETENTION")
	for _, s := range specs {
		t.Add(s.Name, count(int64(s.Partitions)), s.Configs["cleanup.policy"], retention(s.Configs["retention.ms"]))
	}
	if err := p.print(specs, t); err != nil || dry {
		return err
	}
	return coded(exitUsage, errors.New("the partition counts cannot be changed later: say --yes to create what is missing"))
}

func retention(millis string) string {
	n, err := strconv.ParseInt(millis, 10, 64)
	if err != nil {
		return "-"
	}
	return fmt.Sprintf("%d days", time.Duration(n)*time.Millisecond/(24*time.Hour))
}
