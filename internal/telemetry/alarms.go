package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// alarms are the gauges that alerting rules on a whole system read. Every process sets them from what all share, so
// that an alert does not end with the process that would have raised it. One that is not known has no sample.
type alarms struct {
	reached     *prometheus.GaugeVec
	halted      *prometheus.GaugeVec
	haltedFor   *prometheus.GaugeVec
	waiting     *prometheus.GaugeVec
	auditAge    *prometheus.GaugeVec
	auditBroken *prometheus.GaugeVec
	skew        *prometheus.GaugeVec
	ahead       *prometheus.GaugeVec
	schema      *prometheus.GaugeVec
	wanted      *prometheus.GaugeVec
}

func newAlarms() alarms {
	return alarms{
		reached: gauges("tenure_dependency_up", "1 while this process reaches what it depends on.", "dependency"),
		halted:  gauges("tenure_halted", "1 while an operator has halted a scope.", "scope"),
		haltedFor: gauges("tenure_halted_seconds", "How long a scope has been halted, in business time; 0 when it is not.",
			"scope"),
		waiting: gauges("tenure_commands_waiting", "Commands on Kafka that no worker has taken.", "topic", "shard"),
		auditAge: gauges("tenure_audit_age_seconds",
			"How long ago the last audit was; no sample where there was none."),
		auditBroken: gauges("tenure_audit_broken", "Invariants that the last audit found broken."),
		skew: gauges("tenure_clock_skew_seconds",
			"The clock of this process minus the database's."),
		ahead: gauges("tenure_log_ahead_seconds", "How far the newest decision is ahead of business time; 0 when it is not."),
		schema: gauges("tenure_schema_version",
			"The newest migration that the database has."),
		wanted: gauges("tenure_schema_version_wanted", "The newest migration that this build has."),
	}
}

func (a alarms) collectors() []prometheus.Collector {
	return []prometheus.Collector{a.reached, a.halted, a.haltedFor, a.waiting, a.auditAge, a.auditBroken, a.skew, a.ahead,
		a.schema, a.wanted}
}

// haltScopes are what operators may halt: each has a sample also while it is not, so that a rule sees the change.
var haltScopes = []string{"invoicing", "deletions"}

// Reached sets whether this process reaches a part that it depends on, such as postgres.
func (m *Metrics) Reached(dependency string, ok bool) {
	m.own.alarms.reached.WithLabelValues(dependency).Set(flag(ok))
}

// HaltedNow sets how long each scope has been halted; one that is not in the list is not halted.
func (m *Metrics) HaltedNow(since map[string]time.Duration) {
	for _, scope := range haltScopes {
		age, halted := since[scope]
		m.own.alarms.halted.WithLabelValues(scope).Set(flag(halted))
		m.own.alarms.haltedFor.WithLabelValues(scope).Set(age.Seconds())
	}
}

// CommandsWaiting sets how many commands of a partition no worker has taken.
func (m *Metrics) CommandsWaiting(topic string, shard int32, commands int64) {
	m.own.alarms.waiting.WithLabelValues(topic, shardLabel(shard)).Set(float64(commands))
}

// Audited sets how old the last audit is and how many invariants it found broken.
func (m *Metrics) Audited(age time.Duration, broken int) {
	m.own.alarms.auditAge.WithLabelValues().Set(age.Seconds())
	m.own.alarms.auditBroken.WithLabelValues().Set(float64(broken))
}

// ClockSkew sets how far the clock of this process is from the database's.
func (m *Metrics) ClockSkew(skew time.Duration) {
	m.own.alarms.skew.WithLabelValues().Set(skew.Seconds())
}

// LogAhead sets how far the newest decision is ahead of business time.
func (m *Metrics) LogAhead(by time.Duration) {
	m.own.alarms.ahead.WithLabelValues().Set(max(by, 0).Seconds())
}

// Schema sets the version of the database's schema and the one that this build wants.
func (m *Metrics) Schema(found, wanted int64) {
	m.own.alarms.schema.WithLabelValues().Set(float64(found))
	m.own.alarms.wanted.WithLabelValues().Set(float64(wanted))
}

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
