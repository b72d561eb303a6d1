package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/bus"
	"tenure/internal/table"
)

func (p *program) topicsCreate() *cobra.Command {
	var yes, dry bool
	cmd := &cobra.Command{
		Use: "create", Short: "Create missing topics; existing ones are not changed", Args: cobra.NoArgs,
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
			p.say("all %d topics exist", len(specs))
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "create the topics")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "list the topics without creating them")
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
	return coded(exitUsage, errors.New("partition counts cannot be changed later: use --yes to create missing topics"))
}

func retention(millis string) string {
	n, err := strconv.ParseInt(millis, 10, 64)
	if err != nil {
		return "-"
	}
	return fmt.Sprintf("%d days", time.Duration(n)*time.Millisecond/(24*time.Hour))
}
