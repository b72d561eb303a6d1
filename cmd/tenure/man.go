package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	manDirMode  = 0o755
	manPageMode = 0o644
)

// man writes the manual: a page for each command, from what its help says.
func man() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "man", Short: "Write the manual pages", Args: cobra.NoArgs,
		Long:    "Writes a page of section 1 for each command into a folder, as man reads them.",
		Example: "  tenure man --out /usr/local/share/man/man1",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return coded(exitUsage, errors.New("--out is required: a folder, such as /usr/local/share/man/man1"))
			}
			if err := os.MkdirAll(out, manDirMode); err != nil {
				return err
			}
			return writeManual(cmd.Root(), out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder of the pages")
	return cmd
}

// writeManual writes the page of a command and those below it.
func writeManual(cmd *cobra.Command, folder string) error {
	if cmd.Hidden {
		return nil
	}
	path := filepath.Join(folder, manualName(cmd)+".1")
	if err := os.WriteFile(path, []byte(manualPage(cmd)), manPageMode); err != nil {
		return err
	}
	for _, sub := range cmd.Commands() {
		if err := writeManual(sub, folder); err != nil {
			return err
		}
	}
	return nil
}

func manualName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manualPage is a command's page in the language of man.
func manualPage(cmd *cobra.Command) string {
	var b strings.Builder
	section := func(title, text string) {
		if text != "" {
			fmt.Fprintf(&b, ".SH %s\n%s\n", title, text)
		}
	}
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"tenure %s\"\n", strings.ToUpper(manualName(cmd)), buildVersion())
	section("NAME", manualText(manualName(cmd))+` \- `+manualText(cmd.Short))
	section("SYNOPSIS", ".B "+manualText(cmd.UseLine()))
	section("DESCRIPTION", manualText(cmd.Long))
	section("OPTIONS", manualOptions(cmd))
	if cmd.Example != "" {
		section("EXAMPLE", ".nf\n"+manualText(cmd.Example)+"\n.fi")
	}
	section("EXIT STATUS", manualText("0 done, 1 error, 2 usage, 3 done with parked items, 4 refused, 5 a total or an "+
		"invariant does not hold, 6 nothing to do, 75 try again, 130 and 143 stopped by a signal."))
	var also []string
	if cmd.HasParent() {
		also = append(also, ".BR "+manualText(manualName(cmd.Parent()))+" (1)")
	}
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			also = append(also, ".BR "+manualText(manualName(sub))+" (1)")
		}
	}
	section("SEE ALSO", strings.Join(also, "\n"))
	return b.String()
}

// manualOptions lists the flags that help lists.
func manualOptions(cmd *cobra.Command) string {
	var lines []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			lines = append(lines, ".TP\n.B "+manualText("--"+f.Name)+"\n"+manualText(f.Usage))
		}
	})
	return strings.Join(lines, "\n")
}

// manualText writes a text so that no line of it is taken for an instruction.
func manualText(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
