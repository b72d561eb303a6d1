package node

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenure/billing"
)

// keepPolicy takes the billing policy from the system once it has one: configuration gives the first values of a new
// system only (rule 29). A configuration that says otherwise is refused, with the command that would change it.
func (n *Node) keepPolicy(ctx context.Context) error {
	if len(n.config.Values) == 0 {
		return nil // its own program, which names a policy and not settings
	}
	raw, err := n.Store.Policy(ctx)
	if err != nil || raw == nil {
		return err
	}
	var first billing.Policy
	if err := json.Unmarshal(raw, &first); err != nil {
		return fmt.Errorf("node: the policy of the system: %w", err)
	}
	if first, err = first.Ready(); err != nil {
		return fmt.Errorf("node: the policy of the system: %w", err)
	}
	latest, err := n.catalog.Latest(ctx)
	if err != nil {
		return err
	}
	now := latest.Catalog.PolicyAt(n.Clock.Now(), first)
	if err := comparePolicy(n.config.GivenPolicy(), now.Values()); err != nil {
		return err
	}
	n.config.Policy = first
	return nil
}

// comparePolicy refuses keys that are given otherwise than they hold.
func comparePolicy(given, holds map[string]string) error {
	var differ, settings []string
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if given[key] != holds[key] {
			differ = append(differ, fmt.Sprintf("%s is %q and not %q", key, holds[key], given[key]))
			settings = append(settings, key+"="+given[key])
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return fmt.Errorf(
		"the billing policy is the system's, and the configuration says otherwise: %s; leave it out of the configuration, "+
			"or "+
			"change it with: tenure policy set %s --from DAY --reason TEXT --yes",
		strings.Join(differ, ", "), strings.Join(settings, " "),
	)
}
