package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// release is set by the linker in a release; else the version is what Go knows of the build.
var release string

func (p *program) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "What this build is", Args: cobra.NoArgs, Example: "  tenure version --output json",
		RunE: func(*cobra.Command, []string) error {
			v := struct {
				Version  string `json:"version"`
				Revision string `json:"revision,omitempty"`
				Go       string `json:"go"`
				Platform string `json:"platform"`
			}{Version: release, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if build, ok := debug.ReadBuildInfo(); ok {
				if v.Version == "" {
					v.Version = build.Main.Version
				}
				for _, s := range build.Settings {
					if s.Key == "vcs.revision" {
						v.Revision = s.Value
					}
				}
			}
			if p.json {
				return p.printJSON(v)
			}
			_, err := fmt.Fprintln(p.out, "tenure", v.Version, v.Revision, v.Go, v.Platform)
			return err
		},
	}
}

func completion() *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "Completion for a shell", Args: cobra.ExactArgs(1),
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
