package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// suggestionDistanceMax is how many letters of a misspelt word may differ from the one that is suggested.
const suggestionDistanceMax = 2

// flagName finds the names of flags as help lists them.
var flagName = regexp.MustCompile(`(?m)^ *(?:-\w, )? *--([a-z0-9-]+)`)

// guide makes every mistake of spelling an error with a suggestion: cobra prints the help of a noun for an unknown verb
// and succeeds, so that a script with a misspelt check would pass it.
func guide(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = suggestionDistanceMax
	if cmd.HasSubCommands() && !cmd.Runnable() {
		cmd.Args = cobra.ArbitraryArgs // or cobra reports none of the suggestions
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return coded(exitUsage, unknownCommand(cmd, args[0]))
		}
	} else if args := cmd.Args; args != nil && cmd.HasParent() {
		cmd.Args = func(cmd *cobra.Command, given []string) error {
			if err := args(cmd, given); err != nil {
				return fmt.Errorf("%w; see: %s --help", err, cmd.CommandPath())
			}
			return nil
		}
	}
	cmd.SetFlagErrorFunc(unknownFlag)
	for _, sub := range cmd.Commands() {
		guide(sub)
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	text := fmt.Sprintf("unknown command %q for %q", name, cmd.CommandPath())
	if near := nearCommands(cmd, name); len(near) > 0 {
		return fmt.Errorf("%s; did you mean: %s %s", text, cmd.CommandPath(), strings.Join(near, ", "))
	}
	return fmt.Errorf("%s; see: %s --help", text, cmd.CommandPath())
}

// unknownFlag adds the nearest flag to the error of an unknown one.
func unknownFlag(cmd *cobra.Command, err error) error {
	_, name, found := strings.Cut(err.Error(), "unknown flag: --")
	if !found {
		return fmt.Errorf("%w; see: %s --help", err, cmd.CommandPath())
	}
	nearest, least := "", suggestionDistanceMax+1
	for _, known := range flagName.FindAllStringSubmatch(cmd.Flags().FlagUsages(), -1) {
		if d := distance(name, known[1]); d < least {
			nearest, least = known[1], d
		}
	}
	if nearest == "" {
		return fmt.Errorf("%w; see: %s --help", err, cmd.CommandPath())
	}
	return fmt.Errorf("%w; did you mean --%s", err, nearest)
}

// nearCommands are the commands that a name may have meant, where letters are swapped too.
func nearCommands(cmd *cobra.Command, name string) []string {
	near := cmd.SuggestionsFor(name)
	for _, sub := range cmd.Commands() {
		if len(near) == 0 && sub.IsAvailableCommand() && distance(name, sub.Name()) <= suggestionDistanceMax {
			near = append(near, sub.Name())
		}
	}
	return near
}

// distance is the number of letters to insert, remove or replace to get from one word to the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}
