package embedded

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// silentTime is the session of the member that dies, and the pause between heartbeats of the living one.
	silentTime = 500 * time.Millisecond
	// rejoinTime is what the group waits for its members: longer than the living one takes to hear of it, on a busy
	// machine too.
	rejoinTime = 8 * time.Second
)

func TestBroker_AMemberThatDiesWhileItJoinsKeepsNoPartition(t *testing.T) {
	t.Parallel()
	broker := startTestBroker(t, BrokerOptions{SessionMin: silentTime, Topics: []Topic{{Name: "two", Partitions: 2}}})
	given := make(chan int, 100)
	living, err := kgo.NewClient(kgo.SeedBrokers(broker.Addrs()...), kgo.ConsumeTopics("two"), kgo.ConsumerGroup("g"),
		kgo.Balancers(kgo.RangeBalancer()), kgo.HeartbeatInterval(silentTime), kgo.RebalanceTimeout(rejoinTime),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, m map[string][]int32) {
			given <- len(m["two"])
		}))
	require.NoError(t, err)
	t.Cleanup(living.Close)
	until := func(n int) {
		t.Helper()
		deadline := time.After(eventuallyMax)
		for {
			select {
			case got := <-given:
				if got == n {
					return
				}
			case <-deadline:
				t.Fatalf("the living member is never given %d partitions", n)
			}
		}
	}
	until(2)
	for range 6 { // it is by chance whether the broker believes that its response was sent
		dieJoining(t, broker.Addrs())
		until(1)
		until(2)
	}
}

// dieJoining asks to join the group, and is gone before the others have joined again.
func dieJoining(t *testing.T, addrs []string) {
	t.Helper()
	dying, err := kgo.NewClient(kgo.SeedBrokers(addrs...))
	require.NoError(t, err)
	defer dying.Close()
	wants := kmsg.ConsumerMemberMetadata{Topics: []string{"two"}}
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.ProtocolType = "g", "consumer"
	join.SessionTimeoutMillis = int32(silentTime.Milliseconds())
	join.RebalanceTimeoutMillis = join.SessionTimeoutMillis
	join.Protocols = []kmsg.JoinGroupRequestProtocol{{Name: "range", Metadata: wants.AppendTo(nil)}}
	first, err := join.RequestWith(t.Context(), dying)
	require.NoError(t, err)
	require.Equal(t, kerr.MemberIDRequired.Code, first.ErrorCode)
	join.MemberID = first.MemberID
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = join.RequestWith(context.Background(), dying) // ends with the client
	}()
	look := kmsg.NewPtrDescribeGroupsRequest()
	look.Groups = []string{"g"}
	require.Eventually(t, func() bool {
		select {
		case <-answered: // the living one was quicker
			return true
		default:
		}
		seen, err := look.RequestWith(t.Context(), dying)
		return err == nil && seen.Groups[0].State == "PreparingRebalance"
	}, eventuallyMax, time.Millisecond)
}

func TestSilentMembers_TellEachMemberNowAndThen(t *testing.T) {
	t.Parallel()
	now := time.Now()
	silent := newSilentMembers()
	join := kmsg.NewPtrJoinGroupRequest()
	join.Group, join.SessionTimeoutMillis = "g", 1_000
	for _, member := range []string{"one", "other", "dead"} {
		join.MemberID = member
		require.Nil(t, silent.see(join, now))
	}
	told := func(member string, generation int32, after time.Duration) bool {
		beat := kmsg.NewPtrHeartbeatRequest()
		beat.Group, beat.MemberID, beat.Generation = "g", member, generation
		return silent.see(beat, now.Add(after)) != nil
	}
	for _, member := range []string{"one", "other"} {
		require.False(t, told(member, 6, time.Second), "the silent one has time yet")
	}
	later := 2 * time.Second
	require.True(t, told("other", 6, later))
	require.False(t, told("other", 6, later), "it has joined the same generation again, and would so without end")
	require.True(t, told("one", 6, later))
	require.True(t, told("other", 6, later+toldPause), "it may not have heard of it")
	require.False(t, told("one", 7, later+toldPause), "the group has formed again")
	require.False(t, told("one", 7, later+2*toldPause))
}
