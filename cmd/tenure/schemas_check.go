package main

import (
	"os"

	"github.com/spf13/cobra"

	"tenure/internal/table"
	"tenure/schemas"
)

func (p *program) schemasCheck() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Compare the schemas with the last released set; exit code 5 when they are not compatible",
		Args:  cobra.NoArgs,
		Long: "Lists every change that a producer or a consumer of the released set would notice: a property that is\n" +
			"gone or has another type or form, one that is required now, a value that is gone from a closed list, a\n" +
			"topic or key that changed. Of what Tenure writes also a property that may be missing now, and a new\n" +
			"value in a closed list.",
		Example: "  tenure schemas check\n  tenure schemas check --against ./schemas",
		RunE: func(*cobra.Command, []string) error {
			released, err := schemas.Released()
			if against != "" {
				released, err = schemas.Read(os.DirFS(against))
			}
			if err != nil {
				return err
			}
			return p.printChanges(schemas.Compare(released, schemas.Current()), len(released))
		},
	}
	cmd.Flags().
		StringVar(&against, "against", "", "folder of another set, as print --out writes it (default: the released one)")
	return cmd
}

func (p *program) printChanges(changes []schemas.Change, types int) error {
	if changes == nil {
		changes = []schemas.Change{}
	}
	t := table.New("TYPE", "WHERE", "WHAT")
	for _, c := range changes {
		t.Add(c.Type, c.Path, c.What)
	}
	if len(changes) == 0 {
		p.say("compatible with %d released types", types)
	}
	if err := p.print(changes, t); err != nil || len(changes) == 0 {
		return err
	}
	return coded(exitMismatch, errQuiet)
}
