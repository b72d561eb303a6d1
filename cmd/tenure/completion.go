package main

import (
	"fmt"

	"github.com/spf13/cobra"
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
