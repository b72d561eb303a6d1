package node

import (
	"context"

	"tenure/internal/provider"
)

// startProvider simulates PBX and mobile operator, where none are connected.
func (n *Node) startProvider(context.Context) error {
	if err := n.mayConfirm(); err != nil {
		return err
	}
	simulated := &provider.Simulated{
		Kafka:     n.Kafka,
		Publisher: n.publisher,
		Behaviour: n.config.Provider,
		Delay:     n.config.ProviderDelay,
		Clock:     n.Clock,
		Log:       n.log,
	}
	n.run("provider", simulated.Run)
	return nil
}
