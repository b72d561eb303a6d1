package telemetry

import (
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// requestSecondsBuckets reach from a read that is in memory to a write that waits for its outcome.
var requestSecondsBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// observed are the metrics that the process itself sets: from the database, the consumer groups, the log lines, the
// pool.
type observed struct {
	lagSeconds   *prometheus.GaugeVec
	parkedOldest *prometheus.GaugeVec
	stopped      *prometheus.GaugeVec
	assigned     *prometheus.GaugeVec
	build        *prometheus.GaugeVec
	logMessages  *prometheus.CounterVec
	spansDropped prometheus.Counter
	requests     *prometheus.HistogramVec
	tokens       *prometheus.CounterVec
	failures     prometheus.Counter
	unsigned     *prometheus.CounterVec
	simulated    prometheus.Gauge
	alarms       alarms
	reasons      *sync.Map // for which something was parked since the start
}

func newObserved() observed {
	return observed{
		lagSeconds: gauges(
			"tenure_feed_lag_seconds",
			"Age of the first event that a subscriber has not processed; 0 when there is none.",
			"subscriber",
			"shard",
		),
		parkedOldest: gauges(
			"tenure_parked_oldest_seconds",
			"How long the oldest message that is parked for a reason waits.",
			"reason",
		),
		stopped:  gauges("tenure_shard_stopped", "1 while a shard is stopped with an error.", "shard", "reason"),
		assigned: gauges("tenure_partitions_assigned", "Partitions of a topic that this process has now.", "topic"),
		build:    gauges("tenure_build_info", "1, with what was built in the labels.", "version", "go_version"),
		logMessages: counters(
			"tenure_log_messages_total",
			"Lines logged as a warning or an error, by component.",
			"level",
			"component",
		),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "tenure_http_request_seconds",
			Help:    "Time of a request to the APIs, by method and status.",
			Buckets: requestSecondsBuckets,
		}, []string{"method", "status"}),
		tokens: counters("tenure_token_failures_total", "Tokens that the APIs did not accept, by reason.", "reason"),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tenure_observation_failures_total", Help: "Times these metrics could not be read from the database."}),
		spansDropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tenure_spans_dropped_total", Help: "Spans of traces that no collector took."}),
		unsigned: counters("tenure_commands_unsigned_total", "Commands without a signature, accepted or not.", "shard"),
		simulated: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "tenure_clock_simulated", Help: "1 where business time is simulated: never in production."}),
		alarms:  newAlarms(),
		reasons: &sync.Map{},
	}
}

func (o observed) collectors() []prometheus.Collector {
	return append([]prometheus.Collector{
		o.lagSeconds, o.parkedOldest, o.stopped, o.assigned, o.build, o.logMessages, o.requests, o.tokens, o.failures,
		o.unsigned, o.simulated, o.spansDropped,
	}, o.alarms.collectors()...)
}

// Behind is the lag of a subscriber behind a shard's head, as the database has it.
type Behind struct {
	Subscriber string
	Shard      int32
	Events     int64
	Oldest     time.Duration // age of the first event it has not processed, in business time; 0 when there is none
}

// FeedBehind sets the lag of every subscriber in every shard, also where no process reads it.
func (m *Metrics) FeedBehind(list []Behind) {
	for _, b := range list {
		m.feedLag.WithLabelValues(b.Subscriber, shardLabel(b.Shard)).Set(float64(b.Events))
		m.own.lagSeconds.WithLabelValues(b.Subscriber, shardLabel(b.Shard)).Set(b.Oldest.Seconds())
	}
}

// Unassigned records that this process has no partitions of a topic: the group is rebalancing or unreachable.
func (m *Metrics) Unassigned(topic string) { m.own.assigned.WithLabelValues(topic).Set(0) }

// ObservationFailed counts a failed read of the gauges from the database: they keep their values.
func (m *Metrics) ObservationFailed() { m.own.failures.Inc() }

// Built sets the version that runs.
func (m *Metrics) Built(version string) {
	m.own.build.WithLabelValues(version, runtime.Version()).Set(1)
}

// UnsignedCommand counts a command without a signature.
func (m *Metrics) UnsignedCommand(shard int32) {
	m.own.unsigned.WithLabelValues(shardLabel(shard)).Inc()
}

// ClockSimulated sets whether business time is simulated.
func (m *Metrics) ClockSimulated(simulated bool) {
	m.own.simulated.Set(flag(simulated))
}
