package schemas

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"tenure/billing"
	"tenure/contract"
	"tenure/domain"
	"tenure/events"
)

// The keys of messages, in words.
const (
	keyEmployee = "the employee's id"
	keyCatalog  = "the id of the product, customer or reseller"
	keySubject  = "the subject"
	keyParked   = "that of the parked message, or its place"
	keyPayer    = "billTo: a customer, a reseller, or PLATFORM"
	keyDocument = "billTo of the document, which stands between ledger and currency in its reference"
	keyRun      = "the run"
	keyShard    = "one that murmur2 puts into the shard's partition"
)

// Message is a type of message on a topic.
type Message struct {
	Type string
	Route
	form   reflect.Type              // of the value, or of a command's data
	adjust func(*generator, *Schema) // what reflection does not see; nil for most
}

// Schema describes the value of messages of the type.
func (m Message) Schema() *Schema {
	g := newGenerator(m.Direction == contract.In)
	s := g.object(m.form)
	if m.adjust != nil {
		m.adjust(g, s)
	}
	if strings.Contains(strings.Join(m.Topics, " "), ".commands") {
		s = g.command(s)
	}
	s = g.finish(m.Type, s)
	route := m.Route
	s.Route = &route
	return s
}

// command puts a command's data beside who orders it.
func (g *generator) command(data *Schema) *Schema {
	g.defs["Data"] = data
	s := &Schema{Type: Types{"object"}, Required: []string{"data"}, Properties: map[string]*Schema{
		"actor": g.reference(reflect.TypeFor[events.Actor](), reflect.TypeFor[events.Actor]()),
		"data":  {Ref: "#/$defs/Data"},
	}}
	return s.closed()
}

// All lists every type of message on every topic, by name.
func All() []Message {
	all := slices.Concat(commands(), facts(), others())
	slices.SortFunc(all, func(a, b Message) int { return cmp.Compare(a.Type, b.Type) })
	return all
}

// Find gives the message of a type; false when no topic has one.
func Find(name string) (Message, bool) {
	for _, m := range All() {
		if m.Type == name {
			return m, true
		}
	}
	return Message{}, false
}

func commands() []Message {
	names := domain.CommandTypes()
	all := make([]Message, len(names))
	for i, name := range names {
		all[i] = Message{Type: name, Route: commandRoute(name), form: commandType(name),
			adjust: func(g *generator, s *Schema) {
				if take := adjusts[name]; take != nil {
					take(g, s)
				}
				s.require(requiredData[name])
			}}
	}
	return all
}

func commandRoute(name string) Route {
	kind, _ := domain.CommandKind(name)
	topic, _ := contract.CommandTopic(kind) // a test finds one for each command
	return Route{contract.In, []string{topic}, keyWords(kind)}
}

// keyWords says in words what KeyOf gives for commands to streams of a kind.
func keyWords(kind string) string {
	switch kind {
	case domain.KindEmployee:
		return keyEmployee
	case domain.KindRunShard:
		return keyShard
	case domain.KindProduct, domain.KindCustomer, domain.KindReseller:
		return keyCatalog
	case domain.KindDocument:
		return keyDocument
	}
	return keySubject
}

// inside are facts of runs that no topic has. Facts of other families than employees, runs and documents are on none
// either: whoever sends catalogue commands knows the catalogue, and what operators do is for operators.
var inside = map[string]bool{
	"run.shard_opened.v1": true, // nobody's business
	"run.planned.v1":      true, // it has the totals of all ledgers, of which each topic may tell one
	"run.approved.v1":     true,
	"run.abandoned.v1":    true, // run.completed says so
	"run.halted.v1":       true, // what operators stop is theirs
	"run.resumed.v1":      true,

	"employee.billing_work_ordered.v1": true, // it has amounts of any ledger; what comes of it is lines
}

// otherForms are facts that topics have in another form than the log.
var otherForms = map[string]reflect.Type{
	events.EmployeeInvoiced{}.EventType(): reflect.TypeFor[events.InvoicedDays](),
	events.RunCompleted{}.EventType():     reflect.TypeFor[events.RunCompletedOf](),
}

func facts() []Message {
	var all []Message
	for _, name := range events.Types() {
		route, published := factRoute(name)
		if !published {
			continue
		}
		form, other := otherForms[name]
		if e, known := events.New(name); known && !other {
			form = reflect.TypeOf(e)
		}
		all = append(all, Message{Type: name, Route: route, form: form})
	}
	return all
}

// factRoute tells where a fact is; false: nowhere. A test compares it with what the relay does.
func factRoute(name string) (Route, bool) {
	family, _, _ := strings.Cut(name, ".")
	switch {
	case inside[name]:
		return Route{}, false
	case family == domain.KindEmployee:
		return Route{contract.Out, []string{contract.EmployeeEvents}, keyEmployee}, true
	case name == (events.RunCompleted{}).EventType():
		return Route{contract.Out, contract.RunsTopics(), keyRun}, true
	case family == domain.KindRun:
		return Route{contract.Out, []string{contract.BillingRuns}, keyRun}, true
	case family == "billing":
		return Route{contract.Out, contract.DocumentsTopics(), keyPayer}, true
	}
	return Route{}, false
}

func others() []Message {
	return []Message{
		{Type: TypeLine, Route: Route{contract.Out, contract.LinesTopics(), keyPayer},
			form: reflect.TypeOf(billing.WireForm())},
		{Type: TypeOutcome, Route: Route{contract.Out, []string{contract.EmployeeOutcomes}, keySubject},
			form: reflect.TypeFor[domain.Outcome]()},
		{Type: TypeDeadLetter, Route: Route{contract.Out, []string{contract.DeadLetters}, keyParked},
			form: reflect.TypeFor[contract.DeadLetter]()},
		{Type: TypeActivity, Route: Route{contract.In, []string{contract.EmployeeActivity}, keyEmployee},
			form: reflect.TypeFor[contract.Activity](), adjust: open},
	}
}

// open lets an object have properties that nobody knows: employee.activity comes from systems of others, and what is
// not shown is left out.
func open(g *generator, s *Schema) {
	root := &Schema{Properties: s.Properties, Items: s.Items}
	s.Additional = nil
	root.Each(func(one *Schema) { one.Additional = nil })
	for _, d := range g.defs {
		d.Each(func(one *Schema) { one.Additional = nil })
	}
}
