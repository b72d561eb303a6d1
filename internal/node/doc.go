// Package node is one process of Tenure: its parts wired by hand, started in their order and stopped in reverse.
//
// It owns the order, the embedded parts when none are configured, and the end of the process when a part fails: half a
// process that looks alive is worse than one that is restarted. It does not own what the parts
// do, the configuration's sources (config), or exit codes (cmd/tenure).
//
//	node.go        Start: the list of parts, to be read top to bottom; Wait and Stop
//	parts.go       starting, watching and stopping one of them
//	stores.go      PostgreSQL and Kafka: embedded or configured, migrated, with their topics
//	services.go    clock, worker, feed, runs
//	refill.go      publishing again what topics have lost
//	api.go         the APIs: what they read from and how they send commands
//	keys.go        the key that the process signs its own commands with
//	sealer.go      the key of secrets
//	simulation.go  where a simulated clock or provider is refused
//	provider.go    a simulated PBX and mobile operator, where none are connected
//	watch.go       state of partitions and loops, for metrics and health
//	health.go      the checks of /livez and /readyz
//	observe.go     the metrics that only the database knows
//	alarms.go      what alerting rules on the whole system read
//	console.go     the pages for operators
//	process.go     the sign of life that each process gives
//	http.go        the HTTP servers
//	tls.go         their certificates, and client certificates of the admin server
//	policy.go      the billing policy, of the system or of the configuration of a new one
//	connection.go  the file with the addresses of a process
package node
