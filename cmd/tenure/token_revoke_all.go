package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/api"
	"tenure/domain"
	"tenure/internal/store"
)

func (p *program) tokenRevokeAll() *cobra.Command {
	var employee, before string
	var yes bool
	cmd := &cobra.Command{
		Use: "revoke-all", Short: "Revoke all tokens of an employee, or all that are older than a time", Args: cobra.NoArgs,
		Long: "Revokes all tokens of an employee, or all tokens that were created before a time: those of before a\n" +
			"restore, or all that may have leaked. Exit code 6 when there are none.",
		Example: "  tenure token revoke-all --employee 5e0000000000000000000007 --yes --data ./data\n" +
			"  tenure token revoke-all --before 2026-11-29T08:00:00Z --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				return coded(exitUsage, errors.New("their holders are locked out: use --yes to revoke them"))
			}
			return p.onStore(func(ctx context.Context, s *store.Store, _ []string) error {
				n, err := revokeAll(ctx, api.Tokens{Database: s}, employee, before)
				if err != nil {
					return err
				}
				if n == 0 {
					return coded(exitNothing, errors.New("there are no such tokens"))
				}
				if p.json {
					return p.printJSON(map[string]int64{"revoked": n})
				}
				p.say("%d tokens are revoked", n)
				return nil
			})(cmd, args)
		},
	}
	cmd.Flags().StringVar(&employee, "employee", "", "employee whose tokens are revoked")
	cmd.Flags().StringVar(&before, "before", "", "revoke tokens that were created before this time, RFC 3339 or a day")
	cmd.Flags().BoolVar(&yes, "yes", false, "revoke them")
	cmd.MarkFlagsOneRequired("employee", "before")
	cmd.MarkFlagsMutuallyExclusive("employee", "before")
	return cmd
}

func revokeAll(ctx context.Context, tokens api.Tokens, employee, before string) (int64, error) {
	if employee != "" {
		return tokens.RevokeOf(ctx, domain.CanonicalID(employee))
	}
	at, err := parseTime(before)
	if err != nil {
		return 0, coded(exitUsage, fmt.Errorf("--before: %w", err))
	}
	return tokens.RevokeOlder(ctx, at)
}
