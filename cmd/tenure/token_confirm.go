package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tenure/api"
	"tenure/internal/store"
)

func (p *program) tokenConfirm() *cobra.Command {
	var all, yes bool
	cmd := &cobra.Command{
		Use: "confirm [ID]", Short: "Accept a token of before a restore, or all of them", Args: cobra.MaximumNArgs(1),
		Long: "Accepts a token that was made before the database was restored, or all of them. A backup does not know\n" +
			"what was revoked since, so the APIs, the console and the command line refuse such tokens until then. Revoke\n" +
			"first what was revoked since the backup: \"tenure token list\" marks them. Exit code 6 when there are none.",
		Example: "  tenure token confirm 5f3c9a1be07d4482a6c1f0d2 --data ./data\n  tenure token confirm --all --yes",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case all == (len(args) == 1):
				return coded(exitUsage, errors.New("name a token, or use --all"))
			case all && !yes:
				return coded(exitUsage, errors.New("those that were revoked since the backup count again: use --yes"))
			}
			return p.onStore(confirmTokens(p))(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "accept all tokens of before the restore")
	cmd.Flags().BoolVar(&yes, "yes", false, "accept them")
	return cmd
}

// confirmTokens accepts the token that is named, or all.
func confirmTokens(p *program) func(context.Context, *store.Store, []string) error {
	return func(ctx context.Context, s *store.Store, args []string) error {
		tokens := api.Tokens{Database: s}
		if len(args) == 1 {
			return p.confirmToken(ctx, tokens, args[0])
		}
		n, err := tokens.ConfirmAll(ctx)
		switch {
		case err != nil:
			return err
		case n == 0:
			return coded(exitNothing, errors.New("there are no tokens of before a restore"))
		case p.json:
			return p.printJSON(map[string]int64{"confirmed": n})
		}
		p.say("%d tokens are accepted", n)
		return nil
	}
}

// confirmToken accepts one token.
func (p *program) confirmToken(ctx context.Context, tokens api.Tokens, id string) error {
	found, err := tokens.Confirm(ctx, id)
	switch {
	case err != nil:
		return err
	case !found:
		return coded(exitNothing, fmt.Errorf("no token %s is of before a restore; see: tenure token list", id))
	}
	p.say("token %s is accepted", id)
	return nil
}
