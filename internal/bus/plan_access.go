package bus

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/IBM/sarama"
)

// refusedNoAuthorizer is why rules of access are not made where nobody would keep them.
const refusedNoAuthorizer = "the cluster has no authorizer (authorizer.class.name): everybody may do everything"

// planAccess compares the rules. Rules of others are not looked at; what a principal of ours may do besides its own
// rules is a difference when it is to be pruned.
func planAccess(admin sarama.ClusterAdmin, prefix string, d Declared) ([]Difference, error) {
	listed, err := admin.ListAcls(sarama.AclFilter{
		Version: 1, ResourceType: sarama.AclResourceAny, ResourcePatternTypeFilter: sarama.AclPatternAny,
		Operation: sarama.AclOperationAny, PermissionType: sarama.AclPermissionAny,
	})
	if errors.Is(err, sarama.ErrSecurityDisabled) {
		return []Difference{{Object: accessObject, What: "authorizer", Has: "none", Wants: fmt.Sprintf("%d rules",
			len(d.Rules)), Refused: refusedNoAuthorizer}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("bus: look at rules of access: %w", err)
	}
	has := rulesOf(listed)
	var all []Difference
	for _, rule := range d.Rules {
		if !slices.Contains(has, rule) {
			all = append(all, Difference{Object: accessObject, What: rule.String(), Has: "no", Wants: "yes", apply: rule.allow})
		}
	}
	if d.Prune {
		all = append(all, surplus(has, d.Rules, prefix)...)
	}
	return all, nil
}

// surplus lists what our principals may do besides the declared rules, on what has our prefix.
func surplus(has, declared []Rule, prefix string) []Difference {
	var all []Difference
	for _, rule := range has {
		ours := slices.ContainsFunc(declared, func(d Rule) bool { return d.Principal == rule.Principal })
		if ours && strings.HasPrefix(rule.Name, prefix) && !slices.Contains(declared, rule) {
			all = append(all, Difference{Object: accessObject, What: rule.String(), Has: "yes", Wants: "no", apply: rule.revoke})
		}
	}
	return all
}

// rulesOf reads what is allowed from any host. Rules for one host, and denials, are their operator's.
func rulesOf(listed []sarama.ResourceAcls) []Rule {
	var rules []Rule
	for _, resource := range listed {
		for _, acl := range resource.Acls {
			if acl.PermissionType != sarama.AclPermissionAllow || acl.Host != anyHost {
				continue
			}
			rules = append(rules, Rule{
				Principal: acl.Principal, Operation: acl.Operation.String(), Resource: resource.ResourceType.String(),
				Name: resource.ResourceName, Prefixed: resource.ResourcePatternType == sarama.AclPatternPrefixed,
			})
		}
	}
	return rules
}

// anyHost is the host of a rule that asks for none.
const anyHost = "*"

// The words of our rules as the client has them.
var (
	operationOf = map[string]sarama.AclOperation{
		opRead: sarama.AclOperationRead, opWrite: sarama.AclOperationWrite, opDescribe: sarama.AclOperationDescribe,
	}
	resourceOf = map[string]sarama.AclResourceType{resourceTopic: sarama.AclResourceTopic,
		resourceGroup: sarama.AclResourceGroup}
)

func (r Rule) pattern() sarama.AclResourcePatternType {
	if r.Prefixed {
		return sarama.AclPatternPrefixed
	}
	return sarama.AclPatternLiteral
}

func (r Rule) allow(admin sarama.ClusterAdmin) error {
	return admin.CreateACLs([]*sarama.ResourceAcls{{
		Resource: sarama.Resource{ResourceType: resourceOf[r.Resource], ResourceName: r.Name,
			ResourcePatternType: r.pattern()},
		Acls: []*sarama.Acl{{
			Principal: r.Principal, Host: anyHost, Operation: operationOf[r.Operation],
			PermissionType: sarama.AclPermissionAllow,
		}},
	}})
}

// revoke takes back one rule. Its words may be others than ours: a person made it.
func (r Rule) revoke(admin sarama.ClusterAdmin) error {
	var operation sarama.AclOperation
	var resource sarama.AclResourceType
	if err := errors.Join(operation.UnmarshalText([]byte(r.Operation)),
		resource.UnmarshalText([]byte(r.Resource))); err != nil {
		return err
	}
	host := anyHost
	_, err := admin.DeleteACL(sarama.AclFilter{
		Version: 1, ResourceType: resource, ResourceName: &r.Name, ResourcePatternTypeFilter: r.pattern(),
		Principal: &r.Principal, Host: &host, Operation: operation, PermissionType: sarama.AclPermissionAllow,
	}, false)
	return err
}
