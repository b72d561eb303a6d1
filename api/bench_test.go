package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"tenure/events"
	"tenure/internal/memory"
	"tenure/internal/store"
	"tenure/projections"
)

const (
	benchClients = 32
	// benchMany is how many employees the customer has that is searched, and benchSome the one whose directory is read.
	benchMany, benchSome = 100_000, 500

	manyCustomer, someCustomer = "5c00000000000000000000aa", "5c00000000000000000000bb"
)

// many is a database with the employees of two customers, made once for all benchmarks.
var many = sync.OnceValues(func() (*store.Store, error) {
	return hireMany(context.Background(), benchMany+benchSome)
})

// hireMany makes a database with employees of the large customer, and beyond its number of the small one.
func hireMany(ctx context.Context, count int) (*store.Store, error) {
	made, err := openNew(ctx)
	if err != nil {
		return nil, err
	}
	const atOnce = 2_000
	for from := 0; from < count; from += atOnce {
		var page []events.Recorded
		for n := from; n < min(from+atOnce, count); n++ {
			page = append(page, benchEmployee(n)...)
		}
		b := &pgx.Batch{}
		if err := (projections.Directory{}).Write(ctx, made, page, b); err != nil {
			return nil, err
		}
		if err := made.InTx(ctx, b); err != nil {
			return nil, err
		}
	}
	b := &pgx.Batch{}
	b.Queue("ANALYZE directory")
	return made, made.InTx(ctx, b)
}

// benchID is the id of the nth employee.
func benchID(n int) string { return fmt.Sprintf("ee%022x", n) }

func benchEmployee(n int) []events.Recorded {
	customer := manyCustomer
	if n >= benchMany {
		customer = someCustomer
	}
	facts := []events.Event{
		created(
			int64(1_000+n),
			employer{customer, ownReseller},
			"PERSONAL",
			map[string]any{"language": "da", "features": []string{"DASHBOARD_EDITOR"}},
			map[string]any{
				"name": fmt.Sprintf("Sample %d Employee%05d", n%100, n/4), "title": "Sample title",
				"emailAddress": fmt.Sprintf("e%d@sample.example", n)},
		),
		events.ProductAssigned{Product: productOfCustomer},
		assigned(fmt.Sprintf("ef%022x", n), fmt.Sprintf("%d", n)),
		events.PresenceChanged{Since: today, Presence: events.Presence{State: "AVAILABLE",
			Personal: events.PresencePersonal{Location: "Sample office"}}},
	}
	recorded := make([]events.Recorded, len(facts))
	for i, e := range facts {
		recorded[i] = events.Recorded{Stream: "employee/" + benchID(n), Version: int32(i + 1), Position: int64(n*4 + i + 1),
			Event: e}
	}
	return recorded
}

// load sends requests over HTTP from 32 clients, b.N in all, and reports requests/s and the 99th percentile.
// The heap is bounded and collected as that of a process is.
func load(b *testing.B, by events.Actor, request func(n int, base, key string) *http.Request) {
	b.Helper()
	memory.LimitHeap()
	filled, err := many()
	require.NoError(b, err)
	key, err := Tokens{Database: filled}.Create(b.Context(), by, 0)
	require.NoError(b, err)
	served := httptest.NewServer(serve(func(c *Config) { c.Database = filled }))
	defer served.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchClients}}
	var next atomic.Int64
	took := make([]time.Duration, b.N)
	var all sync.WaitGroup
	b.ResetTimer()
	for range benchClients {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
				began := time.Now()
				response, err := client.Do(request(int(n), served.URL, key))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				if response.StatusCode != http.StatusOK {
					b.Errorf("status %d", response.StatusCode)
					return
				}
				took[n] = time.Since(began)
			}
		})
	}
	all.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

func newRequest(b *testing.B, method, url, key, body string) *http.Request {
	request, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewBufferString(body))
	if err != nil {
		b.Error(err)
		return nil
	}
	request.Header.Set("X-API-Key", key)
	return request
}

// BenchmarkGetEmployee must reach 9 000 requests/s on 2 cores, with a 99th percentile below 30 ms. Connections, pages
// and the heap are warm after some 20 000.
func BenchmarkGetEmployee(b *testing.B) {
	load(b, at("ADMIN"), func(n int, base, key string) *http.Request {
		return newRequest(b, http.MethodGet, base+"/employee/"+benchID(n*7919%benchMany), key, "")
	})
}

// BenchmarkDirectory must reach 150 requests/s for a customer of 500, with a 99th percentile below 400 ms.
func BenchmarkDirectory(b *testing.B) {
	load(b, events.Actor{AccessLevel: "VIEWER", Customer: someCustomer}, func(_ int, base, key string) *http.Request {
		return newRequest(b, http.MethodGet, base+"/pbx/app/employees?calls=true", key, "")
	})
}

// BenchmarkCallGearFilter must reach 300 requests/s over 100 000 employees, with a 99th percentile below 200 ms.
func BenchmarkCallGearFilter(b *testing.B) {
	load(b, events.Actor{AccessLevel: "VIEWER", Customer: manyCustomer}, func(n int, base, key string) *http.Request {
		return newRequest(b, http.MethodPost, base+callGearPath, key,
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"get.employees","params":{"access_token":%q,
			"limit":50,"sort":[{"field":"first_name","order":"desc"}],"filter":{"condition":"and","filters":[
			{"field":"last_name","operator":"=","value":"Employee%05d"},{"field":"status","operator":"=","value":"available"}]}}}`, n, key, n*7919%(benchMany/4)))
	})
}

// BenchmarkCallGearPrefix is the same with a pattern that finds a hundred.
func BenchmarkCallGearPrefix(b *testing.B) {
	load(b, events.Actor{AccessLevel: "VIEWER", Customer: manyCustomer}, func(n int, base, key string) *http.Request {
		return newRequest(b, http.MethodPost, base+callGearPath, key,
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"get.employees","params":{"access_token":%q,
			"limit":50,"filter":{"field":"last_name","operator":"like","value":"Employee%03d%%"}}}`, n, key, n%250))
	})
}
