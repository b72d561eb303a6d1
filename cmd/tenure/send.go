package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenure/domain"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/command"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/table"
	"tenure/projections"
)

// sendFlags are those of tenure send.
type sendFlags struct {
	kind, subject, id, body, file string
	actor                         events.Actor
	wait                          bool
	timeout                       time.Duration
}

func (p *program) send() *cobra.Command {
	f := sendFlags{}
	cmd := &cobra.Command{
		Use: "send", Args: cobra.NoArgs,
		Short: "Send a command or a file of commands, and wait for the outcomes",
		Long: "Sends commands over Kafka. One is given by flags; many by --file, a JSON object in each line:\n" +
			"  {\"type\":\"employee.create.v1\",\"subject\":\"…\",\"id\":\"…\",\"data\":{…},\"actor\":{…}}\n" +
			"A command takes effect once under its id: sent again under the same id, it has the first outcome.\n" +
			"Without an id, a random one is made and printed. With --wait the exit code is 0 applied, 1 rejected, 3\n" +
			"parked, 75 when no outcome came in time; where the database is known it also waits for the read models.",
		Example: "  tenure send --data ./data --wait --type catalog.put_reseller.v1 --subject 5a0000000000000000000001 \\\n" +
			"      --body '{\"name\":\"Sample reseller\",\"currency\":\"DKK\"}'\n" +
			"  tenure send --data ./data --wait --file commands.jsonl\n" +
			"  tenure send --data ./data --wait --key accounting --type billing.record_payment.v1 " +
			"--subject 2026-11/CUSTOMER/5c0000000000000000000001/DKK --body '{\"paidOn\":\"2026-11-28\"}'",
		RunE: func(cmd *cobra.Command, _ []string) error { return p.sendAll(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "type", "", "type of the command, such as employee.create.v1")
	flags.StringVar(&f.subject, "subject", "", "id of the command's subject, such as an employee")
	flags.StringVar(&f.id, "id", "", "id of the command (default: a random one)")
	flags.StringVar(&f.body, "body", "", "the command's data as JSON, or @FILE, or @- for stdin")
	flags.StringVar(&f.file, "file", "", "file of commands, one JSON object a line; - for stdin")
	actorFlags(cmd, &f.actor)
	flags.StringVar(&p.signWith, "key", "", "key to sign with: a name in DIR/keys with --data, or a file (default: "+
		"that of the settings)")
	flags.BoolVar(&f.wait, "wait", false, "wait for the outcome and print it")
	flags.DurationVar(&f.timeout, "timeout", answerTime, "how long to wait for all outcomes")
	cmd.MarkFlagsMutuallyExclusive("file", "type")
	cmd.MarkFlagsOneRequired("file", "type")
	return cmd
}

// actorFlags name the actor of a command.
func actorFlags(cmd *cobra.Command, by *events.Actor) {
	flags := cmd.Flags()
	flags.StringVar(&by.AccessLevel, "actor-level", "ADMIN", "access level of the actor")
	flags.StringVar(&by.Employee, "actor-employee", "", "employee of the actor")
	flags.StringVar(&by.Customer, "actor-customer", "", "customer of the actor")
	flags.StringVar(&by.Reseller, "actor-reseller", "", "reseller of the actor")
}

func (p *program) sendAll(ctx context.Context, f sendFlags) error {
	list, err := f.commands()
	if err != nil {
		return coded(exitUsage, err)
	}
	return p.sendCommands(ctx, list, f.wait, f.timeout)
}

// sendCommands sends, and waits for the outcomes if wait is set.
func (p *program) sendCommands(ctx context.Context, list []command.Command, wait bool, timeout time.Duration) error {
	kafka, err := p.kafka()
	if err != nil {
		return err
	}
	publisher, err := bus.NewPublisher(kafka)
	if err != nil {
		return coded(exitTryAgain, err)
	}
	defer func() { _ = publisher.Close() }()
	if !wait {
		return p.sendOnly(ctx, publisher, list)
	}
	return p.sendAndWait(ctx, kafka, publisher, list, timeout)
}

// sendAndWait prints the outcomes that came, also when not all of them did.
func (p *program) sendAndWait(
	ctx context.Context,
	kafka bus.Config,
	publisher *bus.Publisher,
	list []command.Command,
	timeout time.Duration,
) error {
	var db *store.Store // a missed outcome is looked up where the database is known
	if p.config.Postgres.DSN != "" {
		opened, err := store.Open(ctx, p.config.Postgres)
		if err != nil {
			return err
		}
		defer opened.Close()
		db = opened
	}
	d, err := command.New(kafka, publisher, db)
	if err != nil {
		return coded(exitTryAgain, err)
	}
	defer d.Close()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answers, err := d.Send(ctx, list, nil)
	if printErr := p.printAnswers(answers); printErr != nil {
		return printErr
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return coded(exitTryAgain, fmt.Errorf("%d of %d outcomes did not come within %s: send again under the same ids",
			len(list)-len(answers), len(list), timeout))
	}
	if err != nil {
		return err
	}
	if db != nil {
		p.awaitVisible(ctx, db, answers)
	}
	return outcomeError(answers)
}

// visibleTime is how long one who has the outcomes waits for the read models: a reader is behind by a moment, and where
// none runs nobody is kept waiting for long.
const visibleTime = 5 * time.Second

// awaitVisible waits until the read models of the APIs have what was applied, as the APIs do after a write: what is
// asked next has it. The outcomes stand whether they come or not.
func (p *program) awaitVisible(ctx context.Context, s *store.Store, answers []domain.Outcome) {
	ctx, cancel := context.WithTimeout(ctx, visibleTime)
	defer cancel()
	heads := map[store.ShardID]store.Head{}
	for _, a := range answers {
		if shard, at, err := bus.ParsePosition(a.Position); err == nil {
			id := store.ShardID(shard)
			heads[id] = store.Head{Head: max(heads[id].Head, at)}
		}
	}
	if _, err := feed.ProgressOf(ctx, s); err != nil {
		return // one who may not see the readers does not wait for them
	}
	p.sayNotVisible(feed.Caught(ctx, s, heads, projections.ReadByAPIs()...))
}

// sayNotVisible says why the read models do not have what was applied.
func (p *program) sayNotVisible(err error) {
	var behind *feed.BehindError
	switch {
	case errors.Is(err, feed.ErrStopped):
		p.say("the read models do not have it: %v", err)
	case errors.As(err, &behind):
		p.say("the read models do not have it yet: %s; see: tenure check", behind.Places())
	case err != nil:
		p.say("the read models do not have it yet; see: tenure projection list")
	}
}

// sendOnly publishes and prints the ids, by which the outcomes can be found later.
func (p *program) sendOnly(ctx context.Context, publisher *bus.Publisher, list []command.Command) error {
	messages := make([]bus.Message, len(list))
	t := table.New("SUBJECT", "COMMAND", "TYPE", "TOPIC")
	type sent struct {
		Subject string `json:"subject"`
		Command string `json:"command"`
		Type    string `json:"type"`
		Topic   string `json:"topic"`
	}
	all := make([]sent, len(list))
	for i, o := range list {
		o.At = time.Now()
		m, err := command.Compose(o)
		if err != nil {
			return coded(exitUsage, err)
		}
		messages[i], all[i] = m, sent{o.Subject, o.ID, o.Type, m.Topic}
		t.Add(o.Subject, o.ID, o.Type, m.Topic)
	}
	if err := publisher.PublishCommands(ctx, messages); err != nil {
		return coded(exitTryAgain, err)
	}
	return p.print(all, t)
}

func (p *program) printAnswers(answers []domain.Outcome) error {
	t := table.New("SUBJECT", "COMMAND", "STATUS", "WHAT")
	for _, a := range answers {
		t.Add(a.Subject, a.Command, a.Status, what(a))
	}
	return p.print(answers, t)
}

// what describes an outcome.
func what(a domain.Outcome) string {
	var text string
	switch {
	case a.Error != nil:
		text = fmt.Sprintf("%d %v", a.Error.Status, a.Error)
	case a.Reason != "":
		text = a.Reason
	case len(a.Events) == 0:
		text = "unchanged"
	default:
		text = strings.Join(a.Events, ", ")
	}
	if a.Duplicate {
		text += " (duplicate)"
	}
	for _, w := range a.Warnings {
		text += "; warning: " + w
	}
	return text
}

// outcomeError is the exit code of outcomes: rejected weighs more than parked.
func outcomeError(answers []domain.Outcome) error {
	code := exitDone
	for _, a := range answers {
		switch a.Status {
		case domain.StatusRejected:
			code = exitError
		case domain.StatusParked:
			if code == exitDone {
				code = exitParked
			}
		}
	}
	if code == exitDone {
		return nil
	}
	return coded(code, errQuiet)
}

// commands reads what is to be sent.
func (f sendFlags) commands() ([]command.Command, error) {
	if f.file != "" {
		return f.fromFile()
	}
	if f.subject == "" {
		return nil, errors.New("--subject: a command needs a subject")
	}
	body, err := f.data()
	if err != nil {
		return nil, err
	}
	one, err := command.Complete(command.Command{Type: f.kind, Subject: f.subject, ID: f.id, Actor: f.actor, Data: body})
	return []command.Command{one}, err
}

func (f sendFlags) fromFile() ([]command.Command, error) {
	in, err := open(f.file)
	if err != nil {
		return nil, fmt.Errorf("--file: %w", err)
	}
	defer func() { _ = in.Close() }()
	return command.Read(in, f.file, f.actor)
}

func (f sendFlags) data() (json.RawMessage, error) {
	raw := []byte(f.body)
	if name, ok := strings.CutPrefix(f.body, "@"); ok {
		in, err := open(name)
		if err != nil {
			return nil, fmt.Errorf("--body: %w", err)
		}
		defer func() { _ = in.Close() }()
		if raw, err = io.ReadAll(io.LimitReader(in, command.LineBytesMax)); err != nil {
			return nil, fmt.Errorf("--body: %w", err)
		}
	}
	if len(raw) == 0 {
		return json.RawMessage("{}"), nil
	}
	if !json.Valid(raw) {
		return nil, errors.New("--body is not JSON")
	}
	return raw, nil
}
