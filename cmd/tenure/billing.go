package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"tenure/events"
	"tenure/internal/command"
	"tenure/internal/table"
	"tenure/projections"
)

// Work by hand, and what accounting tells: each of these commands makes one order, shows it, and sends it.

// byHand is what all of them have in common.
type byHand struct {
	actor    events.Actor
	id       string
	reason   string
	yes, dry bool
	wait     bool
	timeout  time.Duration
}

// order gives a command the flags that all have, and lets it send what it makes of its own.
func (p *program) order(cmd *cobra.Command, needsReason bool, compose func(ctx context.Context, args []string) (command.Order, error)) *cobra.Command {
	var f byHand
	flags := cmd.Flags()
	actorFlags(flags, &f.actor)
	flags.StringVar(&f.id, "id", "", "id of the command, which makes it take effect once (default: a random one)")
	flags.BoolVar(&f.dry, "dry-run", false, "show what would be ordered")
	flags.BoolVar(&f.yes, "yes", false, "order it")
	flags.BoolVar(&f.wait, "wait", true, "wait for the outcome and print it")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long to wait for the outcome")
	if needsReason {
		flags.StringVar(&f.reason, "reason", "", "why; kept with what comes of it")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if needsReason && f.reason == "" {
			return coded(exitUsage, errors.New("--reason says why; it is kept"))
		}
		o, err := compose(cmd.Context(), args)
		if err != nil {
			return err
		}
		return p.sendOrder(cmd.Context(), f, o)
	}
	return cmd
}

func (p *program) sendOrder(ctx context.Context, f byHand, o command.Order) error {
	data, _ := o.Data.(map[string]any)
	if f.reason != "" {
		data["reason"] = f.reason
	}
	o.Actor, o.ID = f.actor, cmp.Or(f.id, uuid.NewString())
	if _, err := command.Message(o); err != nil {
		return coded(exitUsage, err)
	}
	if f.dry {
		return p.printOrder(o, data)
	}
	if !f.yes {
		return coded(exitUsage, errors.New("say --yes to order it, or --dry-run to see what would be ordered"))
	}
	return p.sendOrders(ctx, []command.Order{o}, f.wait, f.timeout)
}

func (p *program) printOrder(o command.Order, data map[string]any) error {
	t := table.New("WHAT", "VALUE")
	t.Add("type", o.Type)
	t.Add("subject", o.Subject)
	for _, name := range sortedKeys(data) {
		t.Add(name, fmt.Sprint(data[name]))
	}
	return p.print(struct {
		Type    string         `json:"type"`
		Subject string         `json:"subject"`
		ID      string         `json:"id"`
		Actor   events.Actor   `json:"actor"`
		Data    map[string]any `json:"data"`
	}{o.Type, o.Subject, o.ID, o.Actor, data}, t)
}

// given keeps the values that were given.
func given(all map[string]any) map[string]any {
	for name, value := range all {
		if value == "" {
			delete(all, name)
		}
	}
	return all
}

func (p *program) invoiceAdjust() *cobra.Command {
	var ledger, billTo, product, day, amount string
	cmd := &cobra.Command{
		Use: "adjust EMPLOYEE", Short: "Order a line that no rule makes: a goodwill credit, a fee", Args: cobra.ExactArgs(1),
		Long:    "Orders a line of an amount, below 0 a credit. The next run makes it, on a document like any other line.",
		Example: "  tenure invoice adjust 5e0000000000000000000001 --amount -25.50 --reason \"goodwill after an outage\" --yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&amount, "amount", "", "the amount in her currency; below 0 it is a credit")
	flags.StringVar(&ledger, "ledger", "", "CUSTOMER, RESELLER or COST (default CUSTOMER)")
	flags.StringVar(&billTo, "bill-to", "", "who pays (default: who pays for her on that day)")
	flags.StringVar(&product, "product", "", "product that accounting books it on")
	flags.StringVar(&day, "day", "", "day that it is about (default: today)")
	_ = cmd.MarkFlagRequired("amount") // fails only for a flag that is not there
	return p.order(cmd, true, func(_ context.Context, args []string) (command.Order, error) {
		return command.Order{Type: "billing.adjust.v1", Subject: args[0], Data: given(map[string]any{
			"amount": amount, "ledger": strings.ToUpper(ledger), "billTo": billTo, "product": product, "day": day})}, nil
	})
}

func (p *program) invoiceVoid() *cobra.Command {
	var employee string
	cmd := &cobra.Command{
		Use: "void LINE", Short: "Take a line back; its days are not billed again", Args: cobra.ExactArgs(1),
		Long: "Lets the next run credit what is left of a charge. Its days are not billed again: a line with a wrong price is\n" +
			"better rated again. An adjustment is taken back by an opposite one.",
		Example: "  tenure invoice void 0f3e0c5e-2a53-5c0b-9f1e-7d1f3a1c8e01 --reason \"wrong customer\" --yes --data ./data",
	}
	cmd.Flags().StringVar(&employee, "employee", "", "whose line it is (default: looked up)")
	return p.order(cmd, true, func(ctx context.Context, args []string) (command.Order, error) {
		id, err := uuid.Parse(args[0])
		if err != nil {
			return command.Order{}, coded(exitUsage, fmt.Errorf("%q is not the id of a line", args[0]))
		}
		if employee == "" {
			employee, err = p.employeeOfLine(ctx, id)
		}
		return command.Order{Type: "billing.void_line.v1", Subject: employee, Data: map[string]any{"line": id.String()}}, err
	})
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

func (p *program) invoiceRerate() *cobra.Command {
	var source, from, to string
	cmd := &cobra.Command{
		Use: "rerate EMPLOYEE", Short: "Bill a period again at the catalogue's prices of now", Args: cobra.ExactArgs(1),
		Long: "After a mistake in the catalogue was put right: the next run credits what was billed of a source in a period and\n" +
			"charges it again. Natural periods that the days touch are rated whole. What costs the same stays as it is.",
		Example: "  tenure invoice rerate 5e0000000000000000000001 --source product --from 2026-10-01 --to 2026-10-31 \\\n" +
			"      --reason \"price list of October\" --yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&source, "source", "product", "an addon's id, or product")
	flags.StringVar(&from, "from", "", "first day")
	flags.StringVar(&to, "to", "", "last day")
	_, _ = cmd.MarkFlagRequired("from"), cmd.MarkFlagRequired("to")
	return p.order(cmd, true, func(_ context.Context, args []string) (command.Order, error) {
		return command.Order{Type: "billing.rerate.v1", Subject: args[0], Data: map[string]any{"source": source, "from": from, "to": to}}, nil
	})
}

func (p *program) invoiceResolveReview() *cobra.Command {
	var source, decision, amount string
	cmd := &cobra.Command{
		Use: "resolve-review EMPLOYEE", Short: "Settle days that somebody else had billed: REVIEW_NEEDED in a run's report", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice resolve-review 5e0000000000000000000001 --source 5d0000000000000000000001 --decision credit \\\n" +
			"      --reason \"agreed with the customer\" --yes --data ./data",
	}
	flags := cmd.Flags()
	flags.StringVar(&source, "source", "", "an addon's id, or product")
	flags.StringVar(&decision, "decision", "", "credit or keep")
	flags.StringVar(&amount, "amount", "", "what to credit (default: what the days cost by the catalogue, on every ledger)")
	_, _ = cmd.MarkFlagRequired("source"), cmd.MarkFlagRequired("decision")
	return p.order(cmd, true, func(_ context.Context, args []string) (command.Order, error) {
		return command.Order{Type: "billing.resolve_review.v1", Subject: args[0], Data: given(map[string]any{
			"source": source, "decision": strings.ToUpper(decision), "amount": amount})}, nil
	})
}

func (p *program) invoiceHold() *cobra.Command {
	cmd := &cobra.Command{
		Use: "hold [EMPLOYEE]", Short: "Let no run bill an employee, or anybody of a customer, until a release", Args: cobra.MaximumNArgs(1),
		Example: "  tenure invoice hold 5e0000000000000000000001 --reason \"contract is disputed\" --yes --data ./data\n" +
			"  tenure invoice hold --customer 5c0000000000000000000001 --reason \"contract is disputed\" --yes --data ./data",
	}
	return p.ofEmployeeOrCustomer(cmd, "billing.hold.v1", "billing.hold_customer.v1", nil)
}

func (p *program) invoiceRelease() *cobra.Command {
	var periodsMax int
	cmd := &cobra.Command{
		Use: "release [EMPLOYEE]", Short: "End a hold, or raise the bound of periods that held an employee", Args: cobra.MaximumNArgs(1),
		Example: "  tenure invoice release 5e0000000000000000000001 --reason \"settled\" --yes --data ./data\n" +
			"  tenure invoice release 5e0000000000000000000001 --periods-max 60 --reason \"contract came late\" --yes --data ./data",
	}
	cmd.Flags().IntVar(&periodsMax, "periods-max", 0, "periods of a source that one run may bill of her, above the bound that held her")
	return p.ofEmployeeOrCustomer(cmd, "billing.release.v1", "billing.release_customer.v1", &periodsMax)
}

// ofEmployeeOrCustomer makes an order to the one that is named.
func (p *program) ofEmployeeOrCustomer(cmd *cobra.Command, toEmployee, toCustomer string, periodsMax *int) *cobra.Command {
	var customer string
	cmd.Flags().StringVar(&customer, "customer", "", "a customer instead of an employee")
	return p.order(cmd, true, func(_ context.Context, args []string) (command.Order, error) {
		o := command.Order{Type: toCustomer, Subject: customer, Data: map[string]any{}}
		switch {
		case (len(args) == 1) == (customer != ""):
			return o, coded(exitUsage, errors.New("name an employee, or a customer by --customer"))
		case len(args) == 1:
			o.Type, o.Subject = toEmployee, args[0]
		}
		if periodsMax != nil && *periodsMax != 0 {
			o.Data.(map[string]any)["periodsMax"] = *periodsMax
		}
		return o, nil
	})
}

func (p *program) invoiceClosePeriod() *cobra.Command {
	var until string
	cmd := &cobra.Command{
		Use: "close-period RESELLER", Short: "Close a reseller's accounts up to a day: later corrections book after it", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice close-period 5a0000000000000000000001 --until 2026-10-31 --reason \"October is booked\" --yes --data ./data",
	}
	cmd.Flags().StringVar(&until, "until", "", "last closed day; a closed period stays closed")
	_ = cmd.MarkFlagRequired("until")
	return p.order(cmd, true, func(_ context.Context, args []string) (command.Order, error) {
		return command.Order{Type: "billing.close_period.v1", Subject: args[0], Data: map[string]any{"until": until}}, nil
	})
}

func (p *program) invoiceRecordPayment() *cobra.Command {
	var paidOn, amount string
	cmd := &cobra.Command{
		Use: "record-payment REF", Short: "Note that a document was paid whole", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice record-payment 2026-11/CUSTOMER/5c0000000000000000000001/DKK --paid-on 2026-11-28 --yes --data ./data",
	}
	cmd.Flags().StringVar(&paidOn, "paid-on", "", "day of the payment")
	cmd.Flags().StringVar(&amount, "amount", "", "the total, to be checked (default: not checked)")
	_ = cmd.MarkFlagRequired("paid-on")
	return p.order(cmd, false, func(_ context.Context, args []string) (command.Order, error) {
		return command.Order{Type: "billing.record_payment.v1", Subject: args[0], Data: given(map[string]any{"paidOn": paidOn, "amount": amount})}, nil
	})
}

func (p *program) invoiceRecordNumber() *cobra.Command {
	var number int64
	var due string
	cmd := &cobra.Command{
		Use: "record-number REF", Short: "Note the legal number that accounting gave a document", Args: cobra.ExactArgs(1),
		Example: "  tenure invoice record-number 2026-11/CUSTOMER/5c0000000000000000000001/DKK --number 100001 --due 2026-11-30 --yes --data ./data",
	}
	cmd.Flags().Int64Var(&number, "number", 0, "the number")
	cmd.Flags().StringVar(&due, "due", "", "day on which it is due")
	_ = cmd.MarkFlagRequired("number")
	return p.order(cmd, false, func(_ context.Context, args []string) (command.Order, error) {
		return command.Order{Type: "billing.record_invoice_number.v1", Subject: args[0], Data: given(map[string]any{"invoiceNumber": number, "dueDate": due})}, nil
	})
}
