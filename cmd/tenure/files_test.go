package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"
)

func TestFiles_NamedAfterCommands(t *testing.T) {
	t.Parallel()
	var visit func(path []string, cmd *cobra.Command)
	visit = func(path []string, cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			words := append(path[:len(path):len(path)], strings.ReplaceAll(sub.Name(), "-", "_"))
			_, err := os.Stat(strings.Join(words, "_") + ".go")
			require.NoError(t, err, "the file of tenure %s", strings.Join(words, " "))
			visit(words, sub)
		}
	}
	visit(nil, (&program{}).root())
}
