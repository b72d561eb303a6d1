package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/billing"
	"tenure/internal/table"
	"tenure/projections"
)

func (p *program) invoiceExplain() *cobra.Command {
	return &cobra.Command{
		Use: "explain LINE", Short: "Explain the reason and the amount of a line", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice explain 0f3e0c5e-2a53-5c0b-9f1e-7d1f3a1c8e01 --data ./data",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseLine(args[0])
			if err != nil {
				return err
			}
			s, err := p.openStore(cmd.Context())
			if err != nil {
				return err
			}
			defer s.Close()
			l, ok, err := projections.LineByID(cmd.Context(), s, id)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("there is no line %s", id)
			}
			return p.printLine(l)
		},
	}
}

func (p *program) printLine(l projections.Line) error {
	if p.json {
		return p.printJSON(l.Line)
	}
	t := table.New("WHAT", "VALUE")
	t.Add("line", l.ID.String())
	t.Add("kind", string(l.Kind))
	t.Add("ledger", string(l.Ledger))
	t.Add("bill to", l.BillTo)
	t.Add("employee", l.Employee)
	t.Add("source", l.Source)
	t.Add("product", l.Product)
	t.Add("days", l.Period.From.String()+" to "+billing.Inclusive(l.Period.To).String())
	t.Add("amount", l.Amount.StringFixed(int(l.Scale))+" "+l.Currency)
	t.Add("how", l.Explanation())
	addSet(t, "reason", l.Reason)
	addSet(t, "by", l.Actor)
	t.Add("books on", l.Books().String())
	if l.CorrectsLine != uuid.Nil {
		t.Add("corrects", l.CorrectsLine.String())
	}
	t.Add("document", l.DocumentRef)
	t.Add("run", l.Run)
	t.Add("position", fmt.Sprintf("%d:%d", l.Shard, l.Position))
	t.Write(p.out, "")
	return nil
}
