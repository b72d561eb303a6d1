package telemetry

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// batchSecondsBuckets reach from a small batch on an idle machine to a statement timeout.
var batchSecondsBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// batchCommandsBuckets reach from a lone command to the largest batch.
var batchCommandsBuckets = []float64{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000}

// Metrics holds every metric of Tenure in a private registry. Labels have few values by construction: shards, topics,
// subscribers, kinds and reasons; ids are never labels. It is safe for concurrent use. It is the worker's Observer.
type Metrics struct {
	registry      *prometheus.Registry
	commands      *prometheus.CounterVec
	batchCommands prometheus.Histogram
	batchSeconds  prometheus.Histogram
	retries       *prometheus.CounterVec
	stops         *prometheus.CounterVec
	feedPosition  *prometheus.GaugeVec
	feedLag       *prometheus.GaugeVec
	relayMessages *prometheus.CounterVec
	runs          *prometheus.GaugeVec
	runOverdue    *prometheus.GaugeVec
	runExamined   *prometheus.CounterVec
	runLines      *prometheus.CounterVec
	parkedTotal   *prometheus.CounterVec
	parked        *prometheus.GaugeVec
	rebalances    prometheus.Counter
	heartbeat     *prometheus.GaugeVec
	own           observed
}

// NewMetrics registers every metric, and those of the Go runtime and the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry:      prometheus.NewRegistry(),
		commands:      counters("tenure_commands_total", "Commands processed, by outcome.", "shard", "outcome"),
		batchCommands: histogram("tenure_batch_commands", "Commands written in one transaction.", batchCommandsBuckets),
		batchSeconds: histogram("tenure_batch_seconds", "Time of a batch from its first read to its commit.",
			batchSecondsBuckets),
		retries: counters("tenure_retries_total", "Steps retried after a conflict or a fault of the infrastructure.",
			"step"),
		stops: counters("tenure_shard_stops_total", "Shards stopped with an error that needs an operator.",
			"shard", "reason"),
		feedPosition: gauges("tenure_feed_position", "Last log position that a subscriber has processed.",
			"subscriber", "shard"),
		feedLag: gauges("tenure_feed_lag_events", "Events a subscriber is behind the shard's head.",
			"subscriber", "shard"),
		relayMessages: counters("tenure_relay_messages_total", "Messages published, repetitions included.", "topic"),
		runs:          gauges("tenure_runs", "Runs by kind and state.", "kind", "state"),
		runOverdue:    gauges("tenure_run_overdue", "1 when tonight's run is not complete by its hour.", "kind"),
		runExamined:   counters("tenure_run_examined_total", "Employees that runs have examined.", "shard"),
		runLines:      counters("tenure_run_lines_total", "Invoice lines that runs have made.", "shard"),
		parkedTotal:   counters("tenure_parked_messages_total", "Messages parked, resolved since or not.", "shard", "reason"),
		parked:        gauges("tenure_parked", "Messages parked and not yet resolved, by reason.", "reason"),
		rebalances: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "tenure_rebalances_total", Help: "Times the consumer group assigned partitions to this process."}),
		heartbeat: gauges("tenure_heartbeat_seconds", "Unix time of the last round of a service loop.", "loop"),
		own:       newObserved(),
	}
	m.registry.MustRegister(
		m.commands, m.batchCommands, m.batchSeconds, m.retries, m.stops, m.feedPosition, m.feedLag, m.relayMessages,
		m.runs, m.runOverdue, m.runExamined, m.runLines, m.parkedTotal, m.parked, m.rebalances, m.heartbeat,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.registry.MustRegister(m.own.collectors()...)
	return m
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

func shardLabel(shard int32) string { return strconv.FormatInt(int64(shard), 10) }

// Registry returns the registry, for further collectors such as that of a connection pool.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Handler serves the metrics in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, EnableOpenMetrics: true})
}

// Outcome counts one command of a shard by its outcome (applied, rejected, unchanged, duplicate, parked and the like).
func (m *Metrics) Outcome(shard int32, status string) {
	m.commands.WithLabelValues(shardLabel(shard), status).Inc()
}

// Batch records one committed transaction: how many commands it took and how long it was. The shard is no label here:
// a histogram for each would be sixteen times as many series without further information. A trace that is kept becomes
// the exemplar of the time; empty: there is none.
func (m *Metrics) Batch(_ int32, commands int, took time.Duration, trace string) {
	m.batchCommands.Observe(float64(commands))
	if timed, ok := m.batchSeconds.(prometheus.ExemplarObserver); ok && trace != "" {
		timed.ObserveWithExemplar(took.Seconds(), prometheus.Labels{exemplarTrace: trace})
		return
	}
	m.batchSeconds.Observe(took.Seconds())
}

// exemplarTrace is the label by which Grafana finds the trace of an exemplar.
const exemplarTrace = "trace_id"

// SpansDropped counts spans that no collector took.
func (m *Metrics) SpansDropped(n int) { m.own.spansDropped.Add(float64(n)) }

// Chunk records one committed chunk of a run: the employees it examined and the lines it made.
func (m *Metrics) Chunk(shard int32, examined, lines int) {
	m.runExamined.WithLabelValues(shardLabel(shard)).Add(float64(examined))
	m.runLines.WithLabelValues(shardLabel(shard)).Add(float64(lines))
}

// Parked counts one parked message, by reason (malformed, broken, conflict, queued).
func (m *Metrics) Parked(shard int32, reason string) {
	m.parkedTotal.WithLabelValues(shardLabel(shard), reason).Inc()
}

// Waiting is what is parked for one reason.
type Waiting struct {
	Reason string
	Count  int64
	Oldest time.Duration // how long the oldest of it waits, in business time
}

// ParkedNow sets how many messages wait for an operator and for how long, as counted in the database. A reason that was
// in a list before and is not in this one has none.
func (m *Metrics) ParkedNow(list []Waiting) {
	now := map[string]Waiting{}
	for _, w := range list {
		m.own.reasons.Store(w.Reason, true)
		now[w.Reason] = w
	}
	m.own.reasons.Range(func(reason, _ any) bool {
		label := reason.(string)
		m.parked.WithLabelValues(label).Set(float64(now[label].Count))
		m.own.parkedOldest.WithLabelValues(label).Set(now[label].Oldest.Seconds())
		return true
	})
}

// Retried counts one more attempt of a step (e.g. write, fence, publish).
func (m *Metrics) Retried(step string) { m.retries.WithLabelValues(step).Inc() }

// ShardStopped counts a shard that stopped with an error, and shows it as stopped until ShardResumed, so that nothing
// fails silently. reason is one of a few words (e.g. topic-changed, out-of-range, gap), never an error's text.
func (m *Metrics) ShardStopped(shard int32, reason string) {
	m.stops.WithLabelValues(shardLabel(shard), reason).Inc()
	m.own.stopped.WithLabelValues(shardLabel(shard), reason).Set(1)
}

// ShardResumed ends what ShardStopped shows: the shard is processed again, or by another process.
func (m *Metrics) ShardResumed(shard int32, reason string) {
	m.own.stopped.DeleteLabelValues(shardLabel(shard), reason)
}

// FeedAt records how far a subscriber is in a shard whose log ends at head. A head read before the position may lie
// below it; the lag is then 0.
func (m *Metrics) FeedAt(subscriber string, shard int32, position, head int64) {
	m.feedPosition.WithLabelValues(subscriber, shardLabel(shard)).Set(float64(position))
	m.feedLag.WithLabelValues(subscriber, shardLabel(shard)).Set(float64(max(head-position, 0)))
}

// FeedGone removes a subscriber's shard that another process has now, so that no old lag remains here.
func (m *Metrics) FeedGone(subscriber string, shard int32) {
	m.feedPosition.DeleteLabelValues(subscriber, shardLabel(shard))
	m.feedLag.DeleteLabelValues(subscriber, shardLabel(shard))
}

// Relayed counts n messages that Kafka has acknowledged on a topic.
func (m *Metrics) Relayed(topic string, n int) {
	m.relayMessages.WithLabelValues(topic).Add(float64(n))
}

// RunsIn sets how many runs of a kind are in a state.
func (m *Metrics) RunsIn(kind, state string, n int) {
	m.runs.WithLabelValues(kind, state).Set(float64(n))
}

// RunOverdue sets whether tonight's run of a kind is late.
func (m *Metrics) RunOverdue(kind string, overdue bool) {
	m.runOverdue.WithLabelValues(kind).Set(flag(overdue))
}

// Assigned counts one new assignment of partitions: how many of a topic this process has now.
func (m *Metrics) Assigned(topic string, partitions int) {
	m.rebalances.Inc()
	m.own.assigned.WithLabelValues(topic).Set(float64(partitions))
}

// Beat records the time of a service loop's round; an alert compares it with now.
func (m *Metrics) Beat(loop string, at time.Time) {
	m.heartbeat.WithLabelValues(loop).Set(float64(at.UnixMilli()) / 1000)
}

// BeatGone removes a loop that ended, so that its last beat does not remain.
func (m *Metrics) BeatGone(loop string) { m.heartbeat.DeleteLabelValues(loop) }
