package main

import (
	"tenure/internal/node"
	"tenure/internal/replay"
)

// refillTopics publishes again what the topics of a process have lost.
func refillTopics(o node.Refilling) node.Refill {
	refill := replay.NewRefill(&replay.Runner{Store: o.Store, Kafka: o.Kafka, Lookup: o.Topics, Publisher: o.Publisher,
		Clock: replay.RealClock()}, o.Log)
	refill.RealTime, refill.Filled = o.RealTime, o.Filled
	return node.Refill{TailLost: refill.TailLost, Run: refill.Run}
}
