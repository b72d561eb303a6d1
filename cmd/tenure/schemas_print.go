package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tenure/contract"
	"tenure/internal/export"
	"tenure/internal/table"
	"tenure/schemas"
)

func (p *program) schemasPrint() *cobra.Command {
	var async bool
	var out string
	cmd := &cobra.Command{
		Use:   "print [TYPE]",
		Short: "Print the JSON Schema of a type, the list of types, or the AsyncAPI document",
		Args:  cobra.MaximumNArgs(1),
		Long: "Without a type it lists all of them with their topics. Each schema's $id is what messages of the type\n" +
			"have as ce_dataschema. With --out the whole set is written into a folder, one file a type and\n" +
			schemas.AsyncAPIFile + ".",
		Example: "  tenure schemas print\n  tenure schemas print billing.line.v1\n  tenure schemas print --asyncapi\n" +
			"  tenure schemas print --out ./schemas",
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case out != "":
				return p.writeSchemas(out)
			case async:
				document, err := schemas.AsyncAPI()
				if err == nil {
					_, err = p.out.Write(document)
				}
				return err
			case len(args) == 1:
				return p.printSchema(args[0])
			}
			return p.listSchemas()
		},
	}
	cmd.Flags().BoolVar(&async, "asyncapi", false, "the AsyncAPI 3.0 document over all topics")
	cmd.Flags().StringVar(&out, "out", "", "folder to write the whole set into")
	cmd.MarkFlagsMutuallyExclusive("asyncapi", "out")
	return cmd
}

func (p *program) printSchema(name string) error {
	m, ok := schemas.Find(name)
	if !ok {
		return coded(exitUsage, fmt.Errorf("there is no message %q; see: tenure schemas print", name))
	}
	raw, err := m.Schema().JSON()
	if err == nil {
		_, err = p.out.Write(raw)
	}
	return err
}

func (p *program) listSchemas() error {
	type line struct {
		Type      string             `json:"type"`
		Direction contract.Direction `json:"direction"`
		Topics    []string           `json:"topics"`
		Key       string             `json:"key"`
		Schema    string             `json:"schema"`
	}
	all := schemas.All()
	list := make([]line, len(all))
	t := table.New("TYPE", "DIRECTION", "TOPICS", "KEY")
	for i, m := range all {
		list[i] = line{m.Type, m.Direction, m.Topics, m.Key, schemas.Address(m.Type)}
		t.Add(m.Type, string(m.Direction), strings.Join(m.Topics, " "), m.Key)
	}
	return p.print(list, t)
}

// writeSchemas writes the whole set; files of types that are gone are removed.
func (p *program) writeSchemas(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	document, err := schemas.AsyncAPI()
	if err != nil {
		return err
	}
	if err := export.WriteFile(filepath.Join(folder, schemas.AsyncAPIFile), document); err != nil {
		return err
	}
	current := schemas.Current()
	for name, schema := range current {
		raw, err := schema.JSON()
		if err != nil {
			return err
		}
		if err := export.WriteFile(filepath.Join(folder, schemas.FileOf(name)), raw); err != nil {
			return err
		}
	}
	p.say("%d schemas and %s in %s", len(current), schemas.AsyncAPIFile, folder)
	return removeOthers(folder, current)
}

func removeOthers(folder string, current map[string]*schemas.Schema) error {
	there, err := schemas.Read(os.DirFS(folder))
	if err != nil {
		return err
	}
	for name := range there {
		if current[name] == nil {
			if err := os.Remove(filepath.Join(folder, schemas.FileOf(name))); err != nil {
				return err
			}
		}
	}
	return nil
}
