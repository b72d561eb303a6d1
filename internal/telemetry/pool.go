package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// PoolStat has the figures of a pool of connections; the counts since its start never decrease.
type PoolStat struct {
	Idle, InUse, Max int32         // connections
	Acquired         int64         // times a connection was handed out
	Waited           time.Duration // that callers have waited for one, in all
	Canceled         int64         // callers that stopped waiting
}

// WatchPool reads a pool at each scrape.
func (m *Metrics) WatchPool(stat func() PoolStat) { m.registry.MustRegister(poolCollector(stat)) }

type poolCollector func() PoolStat

// The descriptions of a pool's metrics.
var (
	poolConnections = prometheus.NewDesc(
		"tenure_postgres_connections",
		"Connections of this process, by what they do.",
		[]string{"state"},
		nil,
	)
	poolMax = prometheus.NewDesc(
		"tenure_postgres_connections_max",
		"Connections that this process may have.",
		nil,
		nil,
	)
	poolAcquires = prometheus.NewDesc("tenure_postgres_acquires_total", "Times a connection was handed out.", nil, nil)
	poolWait     = prometheus.NewDesc(
		"tenure_postgres_wait_seconds_total",
		"Time that callers have waited for a connection.",
		nil,
		nil,
	)
	poolCanceled = prometheus.NewDesc(
		"tenure_postgres_acquires_canceled_total",
		"Callers that stopped waiting for a connection.",
		nil,
		nil,
	)
)

// Describe lists the metrics.
func (poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{poolConnections, poolMax, poolAcquires, poolWait, poolCanceled} {
		to <- d
	}
}

// Collect reads the pool.
func (p poolCollector) Collect(to chan<- prometheus.Metric) {
	s := p()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(poolConnections, float64(s.Idle), "idle")
	gauge(poolConnections, float64(s.InUse), "in_use")
	gauge(poolMax, float64(s.Max))
	counter(poolAcquires, float64(s.Acquired))
	counter(poolWait, s.Waited.Seconds())
	counter(poolCanceled, float64(s.Canceled))
}
