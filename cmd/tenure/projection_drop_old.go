package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/internal/rebuild"
	"tenure/internal/store"
)

func (p *program) projectionDropOld() *cobra.Command {
	return &cobra.Command{
		Use:     "drop-old NAME",
		Short:   "Drop the tables that a rebuild has replaced; exit code 6 if there are none",
		Args:    cobra.ExactArgs(1),
		Example: "  tenure projection drop-old directory --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, args []string) error {
			of, err := projectionNamed(args)
			if err != nil {
				return err
			}
			dropped, err := rebuild.DropOld(ctx, s, of)
			if err != nil {
				return err
			}
			if !dropped {
				return coded(exitNothing, fmt.Errorf("no tables of %s were replaced", of.Name()))
			}
			p.say("the replaced tables of %s are dropped", of.Name())
			return nil
		}),
	}
}
