package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

const (
	// spansQueued bounds the spans that wait to be sent. What does not fit is dropped and counted: work never waits for a
	// collector.
	spansQueued = 8_192
	// spansSent bounds a request, some 400 KiB.
	spansSent = 1_024
	// spansEvery is how long a span waits at most for others to be sent with.
	spansEvery = 2 * time.Second
	// spansTimeMax bounds a request, and the last one while the process stops.
	spansTimeMax = 10 * time.Second
	// spansQuiet is how long a collector that does not answer is not complained of again.
	spansQuiet = time.Minute
	// responseBytesMax is as much of a response as is read.
	responseBytesMax = 4_096
)

// Kinds of spans, as the protocol numbers them.
const (
	kindInternal = 1
	kindConsumer = 5
)

// finished is a span that has ended.
type finished struct {
	name         string
	own          trace.SpanContext
	parent       trace.SpanID
	began, ended time.Time
	kind         int
	links        []trace.SpanContext
	numbers      map[string]int64
}

// Exporter sends spans to a collector by OTLP over HTTP, as JSON. It is safe for concurrent use.
type Exporter struct {
	address  string
	headers  http.Header
	resource []attribute
	queue    chan finished
	client   *http.Client
	dropped  func(n int)
	log      *slog.Logger
	silent   time.Time // until when failures are not logged
}

// ExporterOf makes an exporter by the environment that OpenTelemetry names (OTEL_EXPORTER_OTLP_ENDPOINT and those
// beside it); nil, and no error, where it names no collector. dropped is told of spans that are lost.
func ExporterOf(getenv func(string) string, version, instance string, dropped func(n int), log *slog.Logger) (
	*Exporter, error,
) {
	address := getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	if base := getenv("OTEL_EXPORTER_OTLP_ENDPOINT"); address == "" && base != "" {
		address = strings.TrimSuffix(base, "/") + "/v1/traces"
	}
	if address == "" || strings.EqualFold(getenv("OTEL_SDK_DISABLED"), "true") {
		return nil, nil
	}
	if at, err := url.Parse(address); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: it is no address of HTTP, such as http://localhost:4318")
	}
	if protocol := getenv("OTEL_EXPORTER_OTLP_PROTOCOL"); protocol == "grpc" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL: grpc is not spoken here; collectors take http/json on port 4318")
	}
	headers, err := headersOf(getenv("OTEL_EXPORTER_OTLP_HEADERS"))
	if err != nil {
		return nil, err
	}
	name := getenv("OTEL_SERVICE_NAME")
	if name == "" {
		name = "tenure"
	}
	return &Exporter{
		address: address, headers: headers, queue: make(chan finished, spansQueued),
		client: &http.Client{Timeout: spansTimeMax}, dropped: dropped, log: log,
		resource: []attribute{text("service.name", name), text("service.version", version),
			text("service.instance.id", instance)},
	}, nil
}

// headersOf reads KEY=VALUE,KEY=VALUE with values as in addresses. The error does not repeat it: it may hold a secret.
func headersOf(list string) (http.Header, error) {
	headers := http.Header{}
	for pair := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		plain, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_HEADERS: it is not KEY=VALUE,KEY=VALUE")
		}
		headers.Set(strings.TrimSpace(key), plain)
	}
	return headers, nil
}

// add takes a span without waiting.
func (e *Exporter) add(one finished) {
	select {
	case e.queue <- one:
	default:
		e.dropped(1)
	}
}

// Run sends spans until the context ends, and then those that are left.
func (e *Exporter) Run(ctx context.Context) error {
	ticks := time.NewTicker(spansEvery)
	defer ticks.Stop()
	var batch []finished
	for {
		full := false
		select {
		case one := <-e.queue:
			batch = append(batch, one)
			full = len(batch) >= spansSent
		case <-ticks.C:
			full = len(batch) > 0
		case <-ctx.Done():
			e.rest(ctx, batch)
			return nil
		}
		if full {
			e.send(ctx, batch)
			batch = batch[:0]
		}
	}
}

// rest sends what waits while the process stops.
func (e *Exporter) rest(ctx context.Context, batch []finished) {
	for len(batch) < spansQueued {
		select {
		case one := <-e.queue:
			batch = append(batch, one)
			continue
		default:
		}
		break
	}
	if len(batch) > 0 {
		e.send(context.WithoutCancel(ctx), batch)
	}
}

// send posts spans once. Those that a collector does not take are dropped: they are no record of anything.
func (e *Exporter) send(ctx context.Context, batch []finished) {
	err := e.post(ctx, batch)
	if err == nil {
		return
	}
	e.dropped(len(batch))
	if now := time.Now(); now.After(e.silent) {
		e.silent = now.Add(spansQuiet)
		e.log.Warn("telemetry: the collector of traces does not take spans; they are dropped", Err(err))
	}
}

func (e *Exporter) post(ctx context.Context, batch []finished) error {
	ctx, cancel := context.WithTimeout(ctx, spansTimeMax)
	defer cancel()
	body, err := json.Marshal(e.message(batch))
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header = e.headers.Clone()
	request.Header.Set("Content-Type", "application/json")
	response, err := e.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, responseBytesMax)) // so that the connection is used again
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}

// The message of the protocol, as far as it is used here: opentelemetry-proto, ExportTraceServiceRequest.
type (
	otlpMessage struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource   otlpAttributes `json:"resource"`
		ScopeSpans []otlpScope    `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []attribute `json:"attributes"`
	}
	otlpScope struct {
		Scope otlpName   `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpName struct {
		Name string `json:"name"`
	}
	otlpSpan struct {
		TraceID    string      `json:"traceId"`
		SpanID     string      `json:"spanId"`
		Parent     string      `json:"parentSpanId,omitempty"`
		Name       string      `json:"name"`
		Kind       int         `json:"kind"`
		Start      string      `json:"startTimeUnixNano"`
		End        string      `json:"endTimeUnixNano"`
		Attributes []attribute `json:"attributes,omitempty"`
		Links      []otlpLink  `json:"links,omitempty"`
	}
	otlpLink struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	attribute struct {
		Key   string            `json:"key"`
		Value map[string]string `json:"value"`
	}
)

func text(key, value string) attribute {
	return attribute{Key: key, Value: map[string]string{"stringValue": value}}
}

func number(key string, value int64) attribute {
	return attribute{Key: key, Value: map[string]string{"intValue": strconv.FormatInt(value, 10)}}
}

func (e *Exporter) message(batch []finished) otlpMessage {
	spans := make([]otlpSpan, len(batch))
	for i := range batch {
		spans[i] = batch[i].wire()
	}
	return otlpMessage{ResourceSpans: []otlpResource{{
		Resource:   otlpAttributes{Attributes: e.resource},
		ScopeSpans: []otlpScope{{Scope: otlpName{Name: "tenure"}, Spans: spans}},
	}}}
}

func (f *finished) wire() otlpSpan {
	one := otlpSpan{
		TraceID: f.own.TraceID().String(), SpanID: f.own.SpanID().String(), Name: f.name, Kind: f.kind,
		Start: strconv.FormatInt(f.began.UnixNano(), 10), End: strconv.FormatInt(f.ended.UnixNano(), 10),
	}
	if f.parent.IsValid() {
		one.Parent = f.parent.String()
	}
	for _, link := range f.links {
		one.Links = append(one.Links, otlpLink{TraceID: link.TraceID().String(), SpanID: link.SpanID().String()})
	}
	for key, value := range f.numbers {
		one.Attributes = append(one.Attributes, number(key, value))
	}
	return one
}
