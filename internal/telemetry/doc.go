// Package telemetry has what an operator sees of a running process: logs, metrics, health and traces.
//
// It owns the keys that a log line may carry, the names and labels of the metrics, the admin HTTP handler (/livez,
// /readyz, /metrics, /debug/pprof/) and the W3C traceparent header in both directions. It does not own when something
// is logged or counted (whoever decides the fate of an error does), nor where traces go: there is no exporter, a
// process that wants one installs it.
//
// No payload, personal name, number or token is ever logged. The logger enforces the part a machine can: an attribute
// whose key is not in the list of keys keeps its key and loses its value, and values are cut.
//
//	log.go       the logger and its keys
//	seldom.go    faults that are waited out, logged once a minute
//	counting.go  warnings and errors, counted
//	metrics.go   the metrics of commands, shards, readers and runs
//	observed.go  gauges that the process sets: from the database, the groups, the log
//	alarms.go    gauges of the whole system, for alerting rules
//	pool.go      metrics of the connections to PostgreSQL
//	requests.go  metrics of the APIs
//	declared.go  the list of all metrics, for the tests of dashboards and alerts
//	admin.go     the admin handler
//	trace.go     traceparent
//	span.go      spans in the traces of others
//	otlp.go      where they are sent
package telemetry
