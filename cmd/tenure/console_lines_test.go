package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tenure/internal/console"
)

// TestConsole_ShowsLinesThatTheCommandLineTakes holds page and command line together: each line that the console shows
// for an action names a command, and flags and arguments that this command takes.
func TestConsole_ShowsLinesThatTheCommandLineTakes(t *testing.T) {
	t.Parallel()
	lines := console.CommandLines()
	require.NotEmpty(t, lines)
	for _, line := range lines {
		words := shellWords(strings.TrimPrefix(line, "tenure "))
		p := &program{}
		cmd, rest, err := p.root().Find(words)
		require.NoError(t, err, line)
		assert.False(t, cmd.HasSubCommands(), "%s names a whole command", line)
		require.NoError(t, cmd.ParseFlags(rest), line)
		require.NoError(t, cmd.ValidateArgs(cmd.Flags().Args()), line)
		require.NoError(t, cmd.ValidateRequiredFlags(), line)
	}
}

// shellWords splits a line as a shell does, with texts in single quotes.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	return words
}
