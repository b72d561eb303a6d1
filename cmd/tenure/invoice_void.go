package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/internal/command"
	"tenure/projections"
)

func (p *program) invoiceVoid() *cobra.Command {
	var employee string
	cmd := &cobra.Command{
		Use:   "void LINE",
		Short: "Void a line; its days are not billed again",
		Args:  cobra.ExactArgs(1),
		Long: "Lets the next run credit what is left of a charge. Its days are not billed again: a line with a wrong\n" +
			"price is better rerated. An adjustment is undone by an opposite one.",
		Example: "  tenure invoice void 0f3e0c5e-2a53-5c0b-9f1e-7d1f3a1c8e01 --reason \"wrong customer\" --yes --data ./data",
	}
	cmd.Flags().StringVar(&employee, "employee", "", "employee of the line (default: looked up)")
	return p.manual(cmd, true, func(ctx context.Context, args []string) (command.Command, error) {
		id, of, err := p.lineOf(ctx, args[0], employee)
		if err != nil {
			return command.Command{}, err
		}
		return command.Command{Type: "billing.void_line.v1", Subject: of, Data: map[string]any{"line": id.String()}}, nil
	})
}

// lineOf reads the id of a line, and looks up whose line it is where that is not told.
func (p *program) lineOf(ctx context.Context, text, employee string) (uuid.UUID, string, error) {
	id, err := parseLine(text)
	if err == nil && employee == "" {
		employee, err = p.employeeOfLine(ctx, id)
	}
	return id, employee, err
}

func parseLine(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return id, coded(exitUsage, fmt.Errorf("%q is not the id of a line", text))
	}
	return id, nil
}

func (p *program) employeeOfLine(ctx context.Context, id uuid.UUID) (string, error) {
	s, err := p.openStore(ctx)
	if err != nil {
		return "", err
	}
	defer s.Close()
	l, ok, err := projections.LineByID(ctx, s, id)
	if err == nil && !ok {
		err = fmt.Errorf("there is no line %s", id)
	}
	return l.Employee, err
}
