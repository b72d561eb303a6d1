package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/store"
)

func (p *program) clockShow() *cobra.Command {
	return &cobra.Command{
		Use: "show", Short: "Show business time", Args: cobra.NoArgs, Example: "  tenure clock show --data ./data",
		RunE: p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
			now, simulated, err := s.Clock(ctx)
			if err != nil {
				return err
			}
			if !simulated {
				now = time.Now().UTC()
			}
			return p.printClock(clockReading{now, simulated})
		}),
	}
}
