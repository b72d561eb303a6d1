package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"tenure/internal/node"
	"tenure/internal/provider"
)

// providerFlags are how "tenure up" answers what deletions ask of PBX and mobile operator.
type providerFlags struct {
	behaviour string
	delay     time.Duration
}

// providerNone starts no simulated provider: a real one is connected.
const providerNone = "none"

func (f *providerFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.behaviour, "provider", string(provider.Answer),
		"what a simulated PBX and mobile operator do with deletions: answer, refuse, silent, or none where real ones are connected")
	cmd.Flags().DurationVar(&f.delay, "provider-delay", 0, "how long they take to answer, in business time, such as 26h")
}

// set tells a process's configuration.
func (f *providerFlags) set(c *node.Config) error {
	if f.delay < 0 {
		return coded(exitUsage, fmt.Errorf("--provider-delay: %s is negative", f.delay))
	}
	if f.behaviour == providerNone {
		return nil
	}
	behaviour, err := provider.Parse(f.behaviour)
	if err != nil {
		return coded(exitUsage, fmt.Errorf("--provider: %w", err))
	}
	c.Provider, c.ProviderDelay = behaviour, f.delay
	return nil
}
