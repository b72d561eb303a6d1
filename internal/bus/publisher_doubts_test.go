package bus

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// named are messages with ids, for partition 0.
func named(topic string, ids ...string) (all []Message) {
	for _, id := range ids {
		all = append(all, Message{Topic: topic, Placed: true, Key: []byte("k"), Value: []byte("{}"),
			Headers: Envelope{ID: id, Type: "t.v1", Source: "tenure", Subject: "k"}.Headers()})
	}
	return all
}

func TestGone_TellsWhatIsLostFromWhatWasRemoved(t *testing.T) {
	t.Parallel()
	cfg := brokers(t)
	name := topic(t, cfg, 1)
	sent := named(name, "a", "b", "c", "d")
	require.NoError(t, publisher(t, cfg).Publish(t.Context(), sent))
	for i, m := range sent {
		require.EqualValues(t, i, m.Offset, "whoever has published knows where it is")
	}
	truncate(t, cfg, name, 1)
	removed, there := End{name, 0, 0, "a"}, End{name, 0, 3, "d"}
	another, behind, elsewhere := End{name, 0, 2, "z"}, End{name, 0, 4, "e"}, End{name, 7, 0, "a"}
	l := lookup(t, cfg)
	gone, unknown, err := l.Gone(t.Context(), []End{removed, another, there, behind, elsewhere})
	require.NoError(t, err)
	require.ElementsMatch(t, []End{another, behind, elsewhere}, gone)
	require.Empty(t, unknown)
	last, found, err := l.Last(t.Context(), name, 0)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, there, last)
}

func TestVerify_ReportsALossOnceUntilItIsFilled(t *testing.T) {
	t.Parallel()
	seen := &diary{wake: make(chan struct{}, 1)}
	cfg := brokers(t)
	cfg.Observer = seen
	name := topic(t, cfg, 1)
	p := publisher(t, cfg)
	require.NoError(t, p.Publish(t.Context(), named(name, "a", "b")))
	there, gone := []End{{name, 0, 1, "b"}}, []End{{name, 0, 1, "z"}, {name, 0, 9, "y"}}
	require.NoError(t, p.Verify(t.Context(), there))
	require.Empty(t, seen.lines)
	require.True(t, p.Sure(name, 0))
	require.NoError(t, p.Verify(t.Context(), gone))
	require.Equal(t, []string{"tail lost 0"}, seen.lines)
	seen.lines = nil
	require.NoError(t, p.Verify(t.Context(), gone))
	require.Empty(t, seen.lines, "it is known")
	require.False(t, p.Sure(name, 0))
	p.Refilled(name)
	seen.lines = nil
	require.True(t, p.Sure(name, 0))
	require.NoError(t, p.Verify(t.Context(), gone))
	require.Equal(t, []string{"tail lost 0"}, seen.lines)
}

// A partition loses its end in an election, and others publish as much again before we do: our offsets go on rising.
func TestPublisher_LooksAtWhatItPublishedWhenTheLeaderIsAnother(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"nothing is lost": false, "the end is lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster, cfg := moving(t)
			seen := &diary{wake: make(chan struct{}, 1)}
			cfg.Observer = seen
			name := topic(t, cfg, 1)
			p := publisher(t, cfg)
			require.NoError(t, p.Publish(t.Context(), named(name, "a")))
			require.NoError(t, p.Publish(t.Context(), named(name, "b")))
			if lost {
				p.ends.of(place{name, 0}).doubts.last.ID = "lost" // as if another's were there
			}
			require.NoError(t, cluster.MoveTopicPartition(name, 0, 1-cluster.LeaderFor(name, 0)))
			require.NoError(t, p.Publish(t.Context(), named(name, "c", "d")))
			require.Equal(t, lost, len(seen.lines) > 0, "%v", seen.lines)
			require.Equal(t, !lost, p.Sure(name, 0))
		})
	}
}

// A partition loses its end without another leader, and others publish as much again: nothing tells but what is there.
func TestPublisher_LooksOnceAtWhatItPublishedLast(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"nothing is lost": false, "the end is lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := brokers(t)
			seen := &diary{wake: make(chan struct{}, 1)}
			cfg.Observer = seen
			name := topic(t, cfg, 1)
			p := publisher(t, cfg)
			require.NoError(t, p.Publish(t.Context(), named(name, "a")))
			at := place{p.reader.cfg.TopicPrefix + name, 0}
			if lost {
				p.ends.of(at).doubts.last.ID = "lost" // as if another's were there
			}
			p.lookAtLast(t.Context(), map[place]int64{at: 0})
			require.Len(t, p.ends.unseen(nil), 1, "one that ends before is told otherwise")
			before := p.Losses()
			p.lookAtLast(t.Context(), nil)
			require.NoError(t, p.Verify(t.Context(), nil))
			require.Equal(t, lost, len(seen.lines) > 0, "%v", seen.lines)
			require.Equal(t, lost, p.Losses() > before)
			require.Equal(t, !lost, p.Sure(name, 0))
			require.Equal(t, lost, len(p.ends.unseen(nil)) > 0, "once")
		})
	}
}
