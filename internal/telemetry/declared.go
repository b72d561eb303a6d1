package telemetry

import (
	"regexp"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// Declaration is a metric that a scrape can show.
type Declaration struct {
	Name   string   // as registered; a histogram is scraped as NAME_bucket, NAME_sum and NAME_count
	Labels []string // in the order of their declaration
}

// described reads what a description prints; the library gives its parts no other way.
var described = regexp.MustCompile(`fqName: "([^"]+)".*variableLabels: \{([^}]*)\}`)

// Declared lists every metric of Tenure, whether it has a sample yet or not, without those of Go's runtime and the
// process. Dashboards, alerts and docs are tested against it.
func (m *Metrics) Declared() []Declaration {
	descs := make(chan *prometheus.Desc)
	go func() {
		m.registry.Describe(descs)
		close(descs)
	}()
	var all []Declaration
	for desc := range descs {
		parts := described.FindStringSubmatch(desc.String())
		if parts == nil || !strings.HasPrefix(parts[1], "tenure_") {
			continue
		}
		one := Declaration{Name: parts[1]}
		for label := range strings.SplitSeq(parts[2], ",") {
			if label != "" {
				one.Labels = append(one.Labels, label)
			}
		}
		all = append(all, one)
	}
	return all
}
