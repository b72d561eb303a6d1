package embedded

import (
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// silentMembers finds members that died while they joined. The broker counts a member's session from the moment at
// which it has sent the response to its join: where the connection is gone by then, and the others are quicker to
// synchronize than it is missed, it stays in the group indefinitely, and its partitions belong to nobody. Then the
// others are told to join again, and whoever does not is left out. Only the leader's join ends the generation, and
// nobody knows the leader, since the broker may have several members believe that they are: the others are given the
// same generation again, and would join without a pause if they were told at each of their heartbeats.
type silentMembers struct {
	due     map[string]map[string]time.Time // by group and member: by when one that joins is to be heard of again
	rejoins map[string]rejoin               // by group
}

// rejoin is a generation that has to end.
type rejoin struct {
	generation int32
	told       map[string]time.Time // by member: when it was told last
}

// toldPause is after what time a member is told once more: its answer may have been lost.
const toldPause = time.Second

func newSilentMembers() *silentMembers {
	return &silentMembers{due: map[string]map[string]time.Time{}, rejoins: map[string]rejoin{}}
}

// DropSilentMembers keeps the groups of a cluster free of members that died while they joined.
func DropSilentMembers(cluster *kfake.Cluster) {
	s := newSilentMembers()
	for _, key := range []kmsg.Key{kmsg.JoinGroup, kmsg.SyncGroup, kmsg.Heartbeat, kmsg.LeaveGroup} {
		cluster.ControlKey(key.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
			cluster.KeepControl()
			response := s.see(request, time.Now())
			return response, nil, response != nil
		})
	}
}

// see notes a request of a member, and responds to it where the group has to form again.
func (s *silentMembers) see(request kmsg.Request, now time.Time) kmsg.Response {
	switch r := request.(type) {
	case *kmsg.JoinGroupRequest:
		s.joins(r, now)
	case *kmsg.SyncGroupRequest:
		s.heard(r.Group, r.MemberID)
	case *kmsg.LeaveGroupRequest:
		s.heard(r.Group, r.MemberID)
		for _, m := range r.Members {
			s.heard(r.Group, m.MemberID)
		}
	case *kmsg.HeartbeatRequest:
		s.heard(r.Group, r.MemberID)
		return s.beat(r, now)
	}
	return nil
}

// joins notes a member that asks to join. Its first request has no id yet, and makes no member.
func (s *silentMembers) joins(r *kmsg.JoinGroupRequest, now time.Time) {
	if r.MemberID == "" {
		return
	}
	if s.due[r.Group] == nil {
		s.due[r.Group] = map[string]time.Time{}
	}
	patience := time.Duration(r.SessionTimeoutMillis+max(0, r.RebalanceTimeoutMillis)) * time.Millisecond
	s.due[r.Group][r.MemberID] = now.Add(patience)
}

func (s *silentMembers) heard(group, member string) { delete(s.due[group], member) }

// beat responds to the heartbeats of the generation in which a member has been silent for too long.
func (s *silentMembers) beat(r *kmsg.HeartbeatRequest, now time.Time) kmsg.Response {
	for member, due := range s.due[r.Group] {
		if now.After(due) {
			s.heard(r.Group, member)
			s.rejoins[r.Group] = rejoin{r.Generation, map[string]time.Time{}}
		}
	}
	ends, due := s.rejoins[r.Group]
	if !due {
		return nil
	}
	if ends.generation != r.Generation {
		delete(s.rejoins, r.Group)
		return nil
	}
	if now.Before(ends.told[r.MemberID].Add(toldPause)) {
		return nil
	}
	ends.told[r.MemberID] = now
	response := r.ResponseKind().(*kmsg.HeartbeatResponse)
	response.ErrorCode = kerr.RebalanceInProgress.Code
	return response
}
