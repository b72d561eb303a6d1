package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tenure/internal/config"
)

// settingsHelp is a page of help: it runs nothing.
func settingsHelp() *cobra.Command {
	var text strings.Builder
	text.WriteString(
		"Every setting is a flag of every command, an environment variable, and a line NAME=VALUE of the file\n" +
			"that --config or TENURE_CONFIG names; the first of these that is given wins. A secret may be in a separate " +
			"file:\n" +
			"TENURE_POSTGRES_DSN_FILE=PATH, or --postgres-dsn-file PATH. \"tenure check\" shows the effective settings and " +
			"their sources.\n\n",
	)
	for _, s := range config.Settings() {
		name := s.Name
		if s.NoFlag {
			name = s.FileFlag()
		}
		fmt.Fprintf(&text, "  --%-32s %s\n", name, s.Env())
		fmt.Fprintf(&text, "      %s%s\n", s.Usage, defaultNote(s))
	}
	return &cobra.Command{
		Use:   "settings",
		Short: "List all settings with their flags and variables",
		Long:  strings.TrimRight(text.String(), "\n"),
	}
}

func defaultNote(s config.Setting) string {
	if s.Default == "" {
		return ""
	}
	return " (default " + s.Default + ")"
}
