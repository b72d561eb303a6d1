package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tenure/internal/repair"
	"tenure/internal/store"
)

func (p *program) parkedRetry() *cobra.Command {
	var f store.ParkedFilter
	var a operatorRequest
	var all bool
	cmd := &cobra.Command{
		Use:   "retry [TOPIC/PARTITION/OFFSET]",
		Short: "Retry parked messages: one, a subject's queue, all of a reason, or all",
		Args:  atMostOnePlace,
		Long: "Retries parked messages, in the owners of the shards and beside the live traffic. The messages of a\n" +
			"subject are retried in their order: one that fails again stays parked with its new error, and those\n" +
			"behind it stay queued; when all are processed the subject is free. A message of a queue is never retried\n" +
			"alone. Ids stay, so each command has one outcome.",
		Example: "  tenure parked retry employee.commands/3/17 --data ./data\n" +
			"  tenure parked retry --stream employee/5e0000000000000000000007 --data ./data\n" +
			"  tenure parked retry --cause broken --reason \"version 1.4 has the fix\" --data ./data\n" +
			"  tenure parked retry --all --dry-run --data ./data",
		RunE: func(cmd *cobra.Command, args []string) error {
			if given := len(args) > 0; given == (all || f.Stream != "" || f.Reason != "" || f.OlderThan != 0) {
				return coded(exitUsage, errors.New("select one message, or use --stream, --cause, --older-than, or --all"))
			}
			return p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
				return p.runRetry(ctx, s, f, a, args)
			})(cmd, args)
		},
	}
	filterFlags(cmd, &f)
	a.flags(cmd, "reason, recorded in the log")
	cmd.Flags().BoolVar(&all, "all", false, "all parked messages")
	cmd.Flags().BoolVar(&a.dry, "dry-run", false, "list the messages without retrying them")
	return cmd
}

func (p *program) runRetry(
	ctx context.Context,
	s *store.Store,
	f store.ParkedFilter,
	a operatorRequest,
	args []string,
) error {
	if a.dry {
		return p.previewRetry(ctx, s, f, args)
	}
	if len(args) > 0 {
		m, err := findParked(ctx, s, args[0])
		if err != nil {
			return err
		}
		return p.request(ctx, s, a, repair.Message(m, store.RepairRetry))
	}
	ids, err := s.AskRetries(ctx, f, a.by, a.reason)
	if err != nil {
		return err
	}
	return p.await(ctx, s, ids, a.wait)
}

func (p *program) previewRetry(ctx context.Context, s *store.Store, f store.ParkedFilter, args []string) error {
	if len(args) == 0 {
		view, err := readParked(ctx, s, f)
		if err != nil {
			return err
		}
		return p.printParkedList(view)
	}
	m, err := findParked(ctx, s, args[0])
	if err != nil {
		return err
	}
	list := []store.Parked{m}
	if m.Holds {
		if list, err = s.ParkedQueue(ctx, m.Stream, shownQueue); err != nil {
			return err
		}
	}
	view := parkedView{Reasons: []parkedReason{}}
	for _, one := range list {
		view.Messages = append(view.Messages, parkedOf(one))
	}
	return p.printParkedList(view)
}
