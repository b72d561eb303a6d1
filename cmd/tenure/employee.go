package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/store"
)

func (p *program) employee() *cobra.Command {
	cmd := &cobra.Command{Use: "employee", Short: "Show an employee, its history and what is due"}
	cmd.AddCommand(p.employeeShow(), p.employeeHistory(), p.employeeDiff(), p.employeeUpcoming(), p.employeeStalled())
	return cmd
}

// today is the day of business time in the billing zone.
func (p *program) today(ctx context.Context, s *store.Store) (billing.Date, error) {
	now, simulated, err := s.Clock(ctx)
	if !simulated {
		now = time.Now()
	}
	return billing.DateOf(now, p.config.Policy.Zone()), err
}
