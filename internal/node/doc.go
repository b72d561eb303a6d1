// Package node is one process of Tenure: its parts wired by hand, started in their order and stopped in reverse.
//
// It owns the order, the embedded parts when none are configured, and what happens when a part fails: the process says so
// and ends, because half a process that looks alive is worse than one that is started anew. It does not own what the parts
// do, the configuration's sources (config), or exit codes (cmd/tenure).
//
//	node.go        Start: the list of parts, to be read top to bottom; Wait and Stop
//	parts.go       starting, watching and stopping one of them
//	stores.go      PostgreSQL and Kafka: embedded or configured, migrated, with their topics
//	services.go    clock, worker, feed, runs
//	provider.go    a simulated PBX and mobile operator, where none are connected
//	watch.go       what becomes of partitions and loops, for the metrics and for health
//	health.go      what /livez and /readyz ask
//	observe.go     the metrics that only the database knows
//	http.go        the operator's side and the APIs
//	connection.go  the file that tells others how to reach a process
package node
