package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"

	"tenure/internal/config"
	"tenure/internal/telemetry"
)

// program is what all commands share.
type program struct {
	out, err io.Writer
	environ  func(string) (string, bool)

	config  config.Config
	log     *slog.Logger
	json    bool
	started bool // the settings were read and a command has begun

	signWith string // name or file of a key; empty: the configured one, or that of the data directory
}

// traceVariable names the trace that a call belongs to, as other programs pass it on: a W3C traceparent.
const traceVariable = "TRACEPARENT"

// shown are the settings that every command's help lists; the others work as flags as well, and "tenure help settings"
// names them all.
var shown = []string{"data", "kafka-brokers", "postgres-dsn", "log-level"}

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tenure",
		Short: "Manage and bill the employees of a telecom reseller platform",
		Long: "Tenure consumes commands about employees from Kafka, records events in PostgreSQL, and publishes events,\n" +
			"invoice lines and documents on Kafka. Try it without installing anything: tenure demo",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true // the command completion names the shells
	flags := root.PersistentFlags()
	flags.String("config", "", "file of settings, NAME=VALUE lines (TENURE_CONFIG)")
	flags.String("output", "table", "table or json")
	for _, s := range config.Settings() {
		addSetting(root, s)
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return p.prepare(cmd) }
	root.AddCommand(
		p.demo(), p.up(), p.serve(), p.send(), p.clock(), p.tonight(), p.runs(), p.employee(), p.invoice(),
		p.policy(), p.parked(), p.projection(), p.replay(), p.shards(), p.audit(), p.repair(), p.migrate(), p.topics(),
		p.schemas(), p.token(), p.keys(), p.check(), p.simulate(), p.bench(), p.version(), completion(), man(),
		settingsHelp(),
	)
	root.Version = buildVersion()
	root.SetVersionTemplate("tenure {{.Version}}\n")
	guide(root)
	completeValues(root)
	return root
}

// addSetting makes a setting a flag; a secret gets a second one for its file.
func addSetting(root *cobra.Command, s config.Setting) {
	flags := root.PersistentFlags()
	if !s.NoFlag {
		flags.String(s.Name, s.Default, fmt.Sprintf("%s (%s)", s.Usage, s.Env()))
		if !slices.Contains(shown, s.Name) {
			_ = flags.MarkHidden(s.Name) // fails only for a flag that is not there
		}
	}
	if s.Secret {
		flags.String(s.FileFlag(), "", "file that holds it")
		_ = flags.MarkHidden(s.FileFlag())
	}
}

// show makes settings visible in the help of one command.
func show(cmd *cobra.Command, names ...string) {
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		for _, name := range names {
			if f := cmd.Flag(name); f != nil {
				f.Hidden = false
			}
		}
		cmd.Root().HelpFunc()(cmd, args)
	})
}

// prepare reads the settings and makes the logger before a command runs.
func (p *program) prepare(cmd *cobra.Command) error {
	// cobra checks these later, when an error would no longer count as one of usage.
	if err := errors.Join(cmd.ValidateRequiredFlags(), cmd.ValidateFlagGroups()); err != nil {
		return err
	}
	c, err := config.Load(config.Input{
		Flags: settingsGiven(cmd), Environ: p.environ, File: cmd.Flag("config").Value.String(),
	})
	if err != nil {
		return err
	}
	switch output := cmd.Flag("output").Value.String(); output {
	case "table", "json":
		p.json = output == "json"
	default:
		return fmt.Errorf("--output %q: choose table or json", output)
	}
	if header, ok := p.environ(traceVariable); ok {
		cmd.SetContext(telemetry.ContextWithTraceparent(cmd.Context(), header))
	}
	p.config = c
	p.log = telemetry.NewLogger(p.err, c.LogFormat, c.LogLevel)
	for _, connection := range c.Unencrypted() {
		p.log.Warn("config: a connection leaves the machine unencrypted", telemetry.KeyWhat, connection)
	}
	if f := cmd.Flag("postgres-dsn"); f != nil && f.Changed && c.DSNHasPassword() {
		p.log.Warn("config: the password in --postgres-dsn can be read by others on this machine",
			telemetry.KeyNext, "TENURE_POSTGRES_DSN or --postgres-dsn-file")
	}
	for _, e := range c.Exposed {
		p.log.Warn("config: a secret can be read or written by others", telemetry.KeyWhat, e)
	}
	p.started = true
	return nil
}

// settingsGiven are the settings of the command line, by flag.
func settingsGiven(cmd *cobra.Command) map[string]string {
	given := map[string]string{}
	for _, s := range config.Settings() {
		names := []string{s.Name}
		if s.Secret {
			names = append(names, s.FileFlag())
		}
		for _, name := range names {
			if f := cmd.Flag(name); f != nil && f.Changed {
				given[name] = f.Value.String()
			}
		}
	}
	return given
}
