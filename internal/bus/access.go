package bus

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tenure/billing"
	"tenure/contract"

	"github.com/IBM/sarama"
)

// Part is who has rights on the topics: a role of the program, or a system beside it.
type Part string

// The parts. An integrator has the ledger of the topics that it reads: amounts of the others are not its business.
const (
	PartWorker    Part = "worker"
	PartFeed      Part = "feed"
	PartScheduler Part = "scheduler"
	PartAPI       Part = "api"
	PartConsole   Part = "console"
	PartOperator  Part = "operator" // an operator at the command line
	PartPlatform  Part = "platform" // sends commands and activity, follows outcomes and employees
	PartCustomer  Part = "customer" // an integrator of the customers' ledger
	PartReseller  Part = "reseller" // of the resellers'
	PartCost      Part = "cost"     // of the cost ledger
)

// Parts lists all of them.
func Parts() []Part {
	return []Part{PartWorker, PartFeed, PartScheduler, PartAPI, PartConsole, PartOperator, PartPlatform, PartCustomer,
		PartReseller, PartCost}
}

// Principal is a name of the cluster's for a part, such as User:tenure-worker.
type Principal struct {
	Part Part
	Name string
}

// ParsePrincipals reads PART=PRINCIPAL pairs, separated by semicolons because names from certificates hold commas. A
// part may have several.
func ParsePrincipals(text string) ([]Principal, error) {
	var list []Principal
	for pair := range strings.SplitSeq(text, ";") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		one, err := parsePrincipal(pair)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

func parsePrincipal(pair string) (Principal, error) {
	part, name, _ := strings.Cut(pair, "=")
	one := Principal{Part: Part(strings.TrimSpace(part)), Name: strings.TrimSpace(name)}
	if !slices.Contains(Parts(), one.Part) {
		return one, fmt.Errorf("%q is not one of %s", one.Part, words(Parts()))
	}
	if kind, rest, found := strings.Cut(one.Name, ":"); !found || kind == "" || rest == "" || rest == "*" {
		return one, fmt.Errorf("%q is not a principal such as User:tenure-%s", one.Name, one.Part)
	}
	return one, nil
}

func words(parts []Part) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = string(p)
	}
	return strings.Join(texts, ", ")
}

// Rule allows a principal one operation, from any host.
type Rule struct {
	Principal string `json:"principal"`
	Operation string `json:"operation"` // Read, Write or Describe, as Kafka spells them
	Resource  string `json:"resource"`  // Topic or Group
	Name      string `json:"name"`      // of the topic, or what the group's name begins with; the prefix included
	Prefixed  bool   `json:"prefixed"`
}

// String writes a rule for a person.
func (r Rule) String() string {
	star := ""
	if r.Prefixed {
		star = "*"
	}
	return fmt.Sprintf("%s may %s %s %s%s", r.Principal, r.Operation, strings.ToLower(r.Resource), r.Name, star)
}

// The operations and resources that our rules know.
const (
	opRead, opWrite, opDescribe  = "Read", "Write", "Describe"
	resourceTopic, resourceGroup = "Topic", "Group"
)

// partLedgers are the ledgers that integrators read.
var partLedgers = map[Part]billing.Ledger{
	PartCustomer: billing.Customer, PartReseller: billing.Reseller, PartCost: billing.Cost,
}

// Rules are all that the principals need, and nothing more. group is that of the workers. A system beside ours names
// its consumer groups integrator.PART. and whatever follows.
func Rules(prefix, group string, principals []Principal) []Rule {
	var rules []Rule
	commandTopics, outTopics := contract.CommandTopics(), contract.WrittenTopics()
	for _, p := range principals {
		give := func(operation, resource string, prefixed bool, names ...string) {
			for _, name := range names {
				rules = append(rules, Rule{p.Name, operation, resource, prefix + name, prefixed})
			}
		}
		switch p.Part {
		case PartWorker: // sends on what came to the wrong partition
			give(opRead, resourceTopic, false, commandTopics...)
			give(opWrite, resourceTopic, false, commandTopics...)
			give(opRead, resourceGroup, true, group+".")
		case PartFeed: // looks at the end of what it has published
			give(opRead, resourceTopic, false, append(slices.Clone(outTopics), contract.EmployeeActivity)...)
			give(opWrite, resourceTopic, false, outTopics...)
			give(opRead, resourceGroup, true, group+".")
			give(opDescribe, resourceTopic, false, commandTopics...)
		case PartScheduler:
			give(opWrite, resourceTopic, false, commandTopics...)
		case PartAPI, PartConsole:
			give(opWrite, resourceTopic, false, commandTopics...)
			give(opRead, resourceTopic, false, contract.EmployeeOutcomes)
		case PartOperator: // sends commands, compares topics with the log, and fills them by a replay
			give(opWrite, resourceTopic, false, append(slices.Clone(commandTopics), outTopics...)...)
			give(opRead, resourceTopic, false, append(slices.Clone(outTopics), commandTopics...)...)
		case PartPlatform:
			give(opWrite, resourceTopic, false, append(slices.Clone(commandTopics), contract.EmployeeActivity)...)
			give(opRead, resourceTopic, false, contract.EmployeeOutcomes, contract.DeadLetters,
				contract.EmployeeEvents)
			give(opRead, resourceGroup, true, integratorGroups(p.Part))
		default:
			give(opRead, resourceTopic, false, contract.TopicsOf(partLedgers[p.Part])...)
			give(opRead, resourceGroup, true, integratorGroups(p.Part))
		}
	}
	return rules
}

// Unauthorized tells that an error says that this user may not do, or not see, what was asked for.
func Unauthorized(err error) bool {
	return errors.Is(err, sarama.ErrTopicAuthorizationFailed) || errors.Is(err, sarama.ErrClusterAuthorizationFailed) ||
		errors.Is(err, sarama.ErrGroupAuthorizationFailed)
}

// integratorGroups is how the names of a part's consumer groups begin.
func integratorGroups(p Part) string { return "integrator." + string(p) + "." }
