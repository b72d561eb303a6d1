package relay

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/contract"
	"tenure/events"
	"tenure/internal/bus"
	"tenure/internal/feed"
	"tenure/internal/store"
	"tenure/internal/test/feedtest"
	"tenure/projections"
)

const (
	benchShards    = 16
	benchEmployees = 1_000 // in each shard
	benchEach      = 3     // events of an employee: created, assigned a product, updated
)

// benchLog is a log of 48 000 events, each with an outcome. Every employee's events lie far apart, so that none of them
// is folded in one page with the one before.
func benchLog(b *testing.B) *feedtest.Database {
	b.Helper()
	db := feedtest.NewDatabase(b)
	j := feedtest.NewJournal(b, db.Store)
	for shard := range benchShards {
		var all []feedtest.Entry
		for version := range benchEach {
			for n := range benchEmployees {
				all = append(all, benchFact(shard*benchEmployees+n, version))
			}
		}
		for i := 0; i < len(all); i += 1_000 {
			j.Append(store.ShardID(shard), all[i:i+1_000]...)
		}
	}
	db.Exec("VACUUM ANALYZE events, outcomes")
	return db
}

func benchFact(n, version int) feedtest.Entry {
	event := []events.Event{
		feedtest.Created(n), events.ProductAssigned{Product: "product-1", From: feedtest.Created(n).On},
		events.EmployeeUpdated{Personal: events.Attributes{"title": json.RawMessage(`"Sample title"`)}},
	}[version]
	return feedtest.Entry{Stream: feedtest.Employee(n), Event: event, Command: "c"}
}

// measure times subscribers from the beginning of the log to its end, from scratch each time.
func measure(b *testing.B, all func(*feedtest.Database) []feed.Subscriber) {
	b.Helper()
	db := benchLog(b)
	subscribers := all(db)
	var names []string
	for _, s := range subscribers {
		names = append(names, s.Name())
	}
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		db.Exec("TRUNCATE directory, lines, documents", "UPDATE subscriptions SET position = 0, chain = '\\x'")
		b.StartTimer()
		began := time.Now()
		stop := live(b, feed.Config{Store: db.Store, Subscribers: all(db)})
		caught(b, db, names...)
		took += time.Since(began)
		stop()
	}
	b.ReportMetric(float64(b.N*benchShards*benchEmployees*benchEach)/took.Seconds(), "events/s")
}

// BenchmarkScanAndDecode is the baseline: every event read in big pages and decoded, and nothing done with it.
func BenchmarkScanAndDecode(b *testing.B) {
	db := benchLog(b)
	var took time.Duration
	for b.Loop() {
		began := time.Now()
		for shard := range benchShards {
			page, err := db.Events(b.Context(), store.ShardID(shard), 0, benchEmployees*benchEach)
			require.NoError(b, err)
			for i := range page {
				_, err := events.Decode(page[i].Type, page[i].Payload)
				require.NoError(b, err)
			}
		}
		took += time.Since(began)
	}
	b.ReportMetric(float64(b.N*benchShards*benchEmployees*benchEach)/took.Seconds(), "events/s")
}

// BenchmarkDirectory is the busiest projection alone.
func BenchmarkDirectory(b *testing.B) {
	measure(b, func(db *feedtest.Database) []feed.Subscriber {
		return []feed.Subscriber{feed.Project(feed.NewReader(db.Store), projections.Directory{})}
	})
}

// BenchmarkRelay is the relay of events alone, to a broker in the process.
func BenchmarkRelay(b *testing.B) {
	kafka := newBroker(b, benchShards)
	measure(b, func(db *feedtest.Database) []feed.Subscriber {
		return []feed.Subscriber{eventsRelay(db, kafka)}
	})
}

// BenchmarkOutcomes is the relay of outcomes alone.
func BenchmarkOutcomes(b *testing.B) {
	kafka := newBroker(b, benchShards)
	measure(b, func(db *feedtest.Database) []feed.Subscriber {
		return []feed.Subscriber{outcomesRelay(db.Store, kafka, quiet{})}
	})
}

// everything is what a process runs.
func everything(db *feedtest.Database, p Publisher) []feed.Subscriber {
	return append(feed.Projections(feed.NewReader(db.Store)), relays(db, p)...)
}

// BenchmarkFeed is everything that a process runs: all projections and both relays.
func BenchmarkFeed(b *testing.B) {
	kafka := newBroker(b, benchShards)
	measure(b, func(db *feedtest.Database) []feed.Subscriber { return everything(db, kafka) })
}

const (
	// latencyEvery is the pace of BenchmarkLatency: 1 000 events a second, in transactions of 5 as a worker makes them.
	latencyEvery = 5 * time.Millisecond
	latencyBatch = 5
	latencyCount = 4_000 // events an iteration
)

// BenchmarkLatency is the time from an event's commit until a consumer has it from Kafka, at 1 000 events a second on
// 16 shards while every projection and relay runs.
func BenchmarkLatency(b *testing.B) {
	kafka, db := newBroker(b, benchShards), feedtest.NewDatabase(b)
	j := feedtest.NewJournal(b, db.Store)
	live(b, feed.Config{Store: db.Store, Subscribers: everything(db, kafka)})
	client := kafka.consumer(contract.EmployeeEvents)
	defer client.Close()
	committed, arrived := map[string]time.Time{}, map[string]time.Time{}
	for n := 0; b.Loop(); {
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			kafka.stamp(client, latencyCount, arrived)
		}()
		pace := time.NewTicker(latencyEvery)
		for range latencyCount / latencyBatch {
			shard := store.ShardID(n % benchShards)
			var facts []feedtest.Entry
			for range latencyBatch {
				facts = append(facts, benchFact(n, 0))
				n++
			}
			j.Append(shard, facts...)
			for pos := j.Head(shard) - latencyBatch + 1; pos <= j.Head(shard); pos++ {
				committed[bus.FormatPosition(int32(shard), pos)] = time.Now()
			}
			<-pace.C
		}
		pace.Stop()
		<-heard
	}
	var all []time.Duration
	for position, at := range committed {
		all = append(all, arrived[position].Sub(at))
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Milliseconds()), "p99-ms")
}

// BenchmarkRebuild is a projection built again from a log whose events it mostly steps over.
func BenchmarkRebuild(b *testing.B) {
	measure(b, func(db *feedtest.Database) []feed.Subscriber {
		return []feed.Subscriber{feed.Project(feed.NewReader(db.Store), projections.Lines{})}
	})
}
