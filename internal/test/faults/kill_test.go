package faults

import (
	"math/rand"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/test/childworker"
	"tenure/internal/test/digest"
	"tenure/internal/test/environment"
)

// The lives of these tests begin before a month end, so that documents are closed in them.
const (
	shortLife  = 4
	lifeBegins = "2026-10-30T12:00:00Z"
	ordersADay = 15
)

// TestKill_AtEveryStepInTurn kills the only process at one named step after the other, until the life is
// over.
func TestKill_AtEveryStepInTurn(t *testing.T) {
	t.Parallel()
	n, days, wanted := seed(t), shortLife, 1
	if all() {
		days, wanted = 6*shortLife, len(killSteps())/2
	}
	life := newScript(n, lifeBegins, days, ordersADay)
	want := undisturbed(t, life)
	s := newSystem(t, life)
	ended := s.keepDying(rand.New(rand.NewSource(n)))
	s.live(life, nil)
	died := ended()
	s.start()
	s.whole(want)
	t.Logf("deaths at %v", died)
	require.GreaterOrEqual(t, len(died), wanted, "the kills came during the life, at different steps")
}

// killSteps are the places between two statements, and between the log and Kafka, where a process may die.
func killSteps() []string {
	if !all() {
		// the relay waits for the dead one's lease
		return []string{"write.events", "write.committed", "relay.published", "write.chunk"}
	}
	return []string{
		"write.begin", "write.fenced", "write.events", "relay.read", "write.subjects", "write.outcomes", "relay.published",
		"write.runs",
		"write.chunk", "project.folded", "write.logins", "write.commit", "reader.moved", "write.committed", "logins.reserved",
	}
}

const (
	// killHits is at which time at the latest that it comes to its step a process dies.
	killHits = 3
	// stepPatience is how long a process may live without coming to its step, as it does when nothing happens for a while.
	// It begins when the process has done something: on a busy machine it takes long to start.
	stepPatience = 6 * time.Second
)

// keepDying starts a process that dies at a step, and when it has died another one that dies at the next step, until
// the returned function is called. That one ends the last process and tells how often one died at which step.
func (s *system) keepDying(random *rand.Rand) (end func() map[string]int) {
	enough, done := make(chan struct{}), make(chan map[string]int)
	steps := killSteps()
	go func() {
		died := map[string]int{}
		for n := 0; ; n++ {
			step := steps[n%len(steps)]
			victim := s.start(childworker.KillAt(step, 1+random.Intn(killHits)))
			gone, patience := make(chan struct{}), make(chan struct{})
			go func() {
				_ = victim.Wait()
				close(gone)
			}()
			go func() {
				if s.gotOn(gone) {
					<-time.After(stepPatience)
				}
				close(patience)
			}()
			select {
			case <-gone:
				died[step]++
				continue
			case <-patience:
				_ = victim.Process.Kill()
				<-gone
				continue
			case <-enough:
			}
			_ = victim.Process.Kill()
			<-gone
			done <- died
			return
		}
	}()
	return func() map[string]int {
		close(enough)
		return <-done
	}
}

// TestKill_AtRandomWithTwoSchedulers is a life whose processes, two at a time with every role,
// are killed at random moments.
func TestKill_AtRandomWithTwoSchedulers(t *testing.T) {
	t.Parallel()
	n := seed(t)
	life := newScript(n, lifeBegins, 2*shortLife, ordersADay)
	killedAtRandom(t, life, n, undisturbed(t, life))
}

// TestKill_AMonthOfNightsEndsInTheSameLinesAndDocuments is the promise of the nightly run: a month and a half, over
// two firsts and the night that has 25 hours.
func TestKill_AMonthOfNightsEndsInTheSameLinesAndDocuments(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	n := seed(t)
	life := newScript(n, "2026-09-28T12:00:00Z", 36, 6)
	killedAtRandom(t, life, n, undisturbed(t, life))
}

// killEvery is about the time between two kills. Each costs the others a session and a rebalance, a second or two in
// which nobody works: much shorter than this a life would not come to its end.
const killEvery = 3 * time.Second

// killedAtRandom plays a life with two processes, of which every now and then one dies and is replaced.
func killedAtRandom(t *testing.T, life script, seed int64, want *digest.Digest) {
	t.Helper()
	s := newSystem(t, life)
	random := rand.New(rand.NewSource(seed))
	pair := []*exec.Cmd{s.start(), s.start()}
	enough, done := make(chan struct{}), make(chan int)
	go func() {
		kills := 0
		for {
			pause := time.Duration(random.Int63n(int64(killEvery)))
			if kills == 0 {
				pause /= 8 // a short life may be over within a second or two
			} else {
				pause += killEvery / 4
			}
			select {
			case <-enough:
				done <- kills
				return
			case <-time.After(pause):
				n := random.Intn(len(pair))
				environment.Kill(pair[n])
				pair[n] = s.start()
				kills++
				s.gotOn(enough)
			}
		}
	}()
	s.live(life, nil)
	close(enough)
	kills := <-done
	s.whole(want)
	require.Positive(t, kills)
	t.Logf("%d kills", kills)
}

// TestZombie_WritesNothing stops a process inside a transaction past its session, lets another take over, and wakes it
// up.
func TestZombie_WritesNothing(t *testing.T) {
	t.Parallel()
	life, want, s := short(t)
	var zombie *exec.Cmd
	s.start()
	s.live(life, func(day int) {
		if zombie != nil {
			require.NoError(t, zombie.Process.Signal(syscall.SIGCONT)) // it continues where it stood, a day later
		}
		zombie = s.start(childworker.StopAt("write.events", 1+day))
	})
	require.NoError(t, zombie.Process.Signal(syscall.SIGCONT))
	s.whole(want)
}

// guestStays is long enough for a member to be given partitions, and to have begun with them.
const guestStays = 800 * time.Millisecond

// TestRebalance_Storm has members come and go all the time.
func TestRebalance_Storm(t *testing.T) {
	t.Parallel()
	onlyWithAll(t)
	life := newScript(seed(t), lifeBegins, 4*shortLife, ordersADay)
	want := undisturbed(t, life)
	s := newSystem(t, life)
	s.start()
	enough, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			guest := s.start()
			select {
			case <-enough:
				return
			case <-time.After(guestStays):
				s.gotOn(enough)
				_ = guest.Process.Signal(syscall.SIGTERM) // it leaves as it should
				_ = guest.Wait()
			}
		}
	}()
	s.live(life, nil)
	close(enough)
	<-done
	s.whole(want)
}
