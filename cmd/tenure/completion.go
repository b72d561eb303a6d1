package main

import (
	"fmt"

	"tenure/access"
	"tenure/billing"
	"tenure/internal/store"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func completion() *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "Print the completion script of a shell", Args: cobra.ExactArgs(1),
		Example:   "  source <(tenure completion bash)",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return coded(exitUsage, fmt.Errorf("completion: %q is not one of bash, zsh, fish, powershell", args[0]))
		},
	}
}

// flagValues are the values of flags that take one of a few, by the flag's name.
var flagValues = map[string][]string{
	"output":     {"table", "json"},
	"scope":      {store.ScopeInvoicing, store.ScopeDeletions, "all"},
	"level":      access.LevelNames(),
	"reader":     {"relay", "outcomes"},
	"ledger":     {string(billing.Customer), string(billing.Reseller), string(billing.Cost)},
	"roles":      {"worker", "feed", "scheduler", "api", "console"},
	"log-format": {"text", "json"},
	"log-level":  {"debug", "info", "warn", "error"},
	"to-offset":  {"oldest", "newest"},
}

// completeValues lets a shell complete the values of flags.
func completeValues(cmd *cobra.Command) {
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if values, few := flagValues[f.Name]; few {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
		}
	})
	for _, sub := range cmd.Commands() {
		completeValues(sub)
	}
}
