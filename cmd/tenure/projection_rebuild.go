package main

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/rebuild"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

func (p *program) projectionRebuild() *cobra.Command {
	var yes, dry, keep bool
	var workers int
	cmd := &cobra.Command{
		Use:   "rebuild NAME",
		Short: "Rebuild a read model beside the live one, compare, and swap",
		Args:  cobra.ExactArgs(1),
		Long: "Folds the whole log into new tables while the live ones stay in use, compares both at the same\n" +
			"positions, and swaps them in one transaction. It can be interrupted at any point; called again it\n" +
			"continues where it was. The old tables stay in the schema NAME_old until drop-old, or until the next\n" +
			"rebuild. Differences between the old and the new tables are printed, and do not keep them from being\n" +
			"swapped.",
		Example: "  tenure projection rebuild directory --data ./data --yes",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			of, err := projectionNamed(args)
			if err != nil {
				return err
			}
			if dry || !yes {
				return p.previewRebuild(ctx, s, of, dry)
			}
			report, err := rebuild.Run(ctx, s, of, rebuild.Options{Workers: workers, DropOld: !keep, Say: p.sayRebuild})
			if err != nil {
				return p.busy(err)
			}
			p.sayDone(report, "rebuilt")
			return p.printComparison(report)
		}),
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "carry it out")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "show the extent of the rebuild")
	cmd.Flags().BoolVar(&keep, "keep-old", true, "keep the replaced tables in the schema NAME_old")
	cmd.Flags().IntVar(&workers, "workers", 0, "shards at once (default: one for each processor)")
	return cmd
}

// busy gives an error that another attempt may not see its exit code.
func (p *program) busy(err error) error {
	if errors.Is(err, rebuild.ErrBusy) {
		return coded(exitTryAgain, err)
	}
	return err
}

// previewRebuild prints the extent of a rebuild.
func (p *program) previewRebuild(ctx context.Context, s *store.Store, of projections.Projection, dry bool) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	view := struct {
		Projection string   `json:"projection"`
		Version    int32    `json:"version"`
		Tables     []string `json:"tables"`
		Shards     int      `json:"shards"`
		Events     int64    `json:"events"`
	}{of.Name(), of.Version(), of.Tables(), len(heads), 0}
	for _, head := range heads {
		view.Events += head.Head
	}
	t := table.New("PROJECTION", ">VERSION", "TABLES", ">SHARDS", ">EVENTS")
	t.Add(
		view.Projection,
		strconv.Itoa(int(view.Version)),
		strings.Join(view.Tables, ", "),
		strconv.Itoa(view.Shards),
		count(view.Events),
	)
	if err := p.print(view, t); err != nil || dry {
		return err
	}
	return coded(exitUsage, errors.New("this replaces the tables of the read model: use --yes"))
}
