package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"tenure/internal/repair"
	"tenure/internal/store"
)

func (p *program) parkedEdit() *cobra.Command {
	var a operatorRequest
	var file string
	cmd := &cobra.Command{
		Use:   "edit TOPIC/PARTITION/OFFSET",
		Short: "Replace parts of a parked message and retry it; the original is kept",
		Args:  onePlace,
		Long: "Replaces parts of a parked message and retries it. The file is JSON:\n" +
			"{\"key\":\"…\",\"headers\":{\"ce_type\":\"…\"},\"value\":{…}}. What is left out stays as it was; " +
			"headers are\n" +
			"replaced by name. The command keeps its id and its subject, since its sender waits for the outcome. The\n" +
			"original is kept beside it.",
		Example: "  tenure parked edit employee.commands/3/17 --file ./corrected.json --reason \"a comma was missing\" " +
			"--data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			m, err := findParked(ctx, s, args[0])
			if err != nil {
				return err
			}
			r, err := editOf(m, file)
			if err != nil {
				return coded(exitUsage, err)
			}
			return p.request(ctx, s, a, r)
		}),
	}
	cmd.Flags().StringVar(&file, "file", "", "JSON with key, headers, value; each may be left out")
	_ = cmd.MarkFlagRequired("file")
	a.flags(cmd, "reason, recorded in the log")
	return cmd
}

func editOf(m store.Parked, file string) (store.Repair, error) {
	parts, err := os.ReadFile(file)
	if err != nil {
		return store.Repair{}, fmt.Errorf("--file: %w", err)
	}
	r, err := repair.Edit(m, parts)
	return r, named("--file", err)
}
