package faults

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tenure/internal/store"
	"tenure/internal/test/database"
)

const (
	clusterScript = "../../../scripts/citus/cluster.sh"
	// clusterParts are few: each is copied when it moves.
	clusterParts = 8
	// nodeAway is longer than a statement waits for a connection, so that some of them fail.
	nodeAway = 5 * time.Second
)

// cluster is a coordinator and two nodes for one test, which can be killed.
type cluster struct {
	t        *testing.T
	dir, dsn string
}

// newCluster starts one; the test is left out where the tests do not run on a cluster.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	if !database.Distributed() {
		t.Skip("TENURE_CITUS_DSN names no cluster: make test-citus")
	}
	if said, err := exec.Command(clusterScript, "found").CombinedOutput(); err != nil {
		t.Skipf("no private servers can be started: %s", said)
	}
	dir, err := os.MkdirTemp("", "cluster")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755), "its servers may run as another user")
	c := &cluster{t: t, dir: dir}
	t.Cleanup(func() {
		_ = exec.Command(clusterScript, "stop", dir).Run()
		_ = os.RemoveAll(dir)
	})
	c.dsn = strings.TrimSpace(c.run("start"))
	require.NoError(t, store.Migrate(t.Context(), c.dsn))
	require.NoError(t, store.Distribute(t.Context(), c.dsn, clusterParts))
	return c
}

// run calls the script.
func (c *cluster) run(verb string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(clusterScript, append([]string{verb, c.dir}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(c.t, err, "cluster.sh %s %v", verb, args)
	return string(out)
}

// bounce kills a server at once, as a crash does, and starts it again.
func (c *cluster) bounce(node int) {
	c.t.Helper()
	c.run("kill", fmt.Sprint(node))
	<-time.After(nodeAway)
	c.run("resume", fmt.Sprint(node))
}

// onCluster is a short life on a private cluster.
func onCluster(t *testing.T) (life script, s *system, c *cluster) {
	t.Helper()
	c = newCluster(t)
	life = newScript(seed(t), lifeBegins, shortLife, ordersADay)
	s = newSystemOn(t, life, c.dsn)
	s.start()
	s.start()
	return life, s, c
}

// TestCluster_ANodeThatDiesAndComesBack kills each node in turn while commands are on their way.
func TestCluster_ANodeThatDiesAndComesBack(t *testing.T) { // it has private servers, and the machine few processors
	life, s, c := onCluster(t)
	s.live(life, func(day int) {
		s.underWay(life.days[day])
		c.bounce(1 + day%2)
	})
	s.whole(undisturbed(t, life))
}

// TestCluster_ACoordinatorThatDiesAndComesBack kills the server that all processes are connected to.
func TestCluster_ACoordinatorThatDiesAndComesBack(t *testing.T) { // see above
	life, s, c := onCluster(t)
	s.live(life, inTheMiddle(func(day int) {
		s.underWay(life.days[day])
		c.bounce(0)
	}))
	s.whole(undisturbed(t, life))
}

// TestCluster_ShardsMoveUnderLoad empties a node while commands are taken and read, and gives it its parts back.
func TestCluster_ShardsMoveUnderLoad(t *testing.T) { // see above
	life, s, _ := onCluster(t)
	second := s.secondNode(t)
	s.live(life, func(day int) {
		if day != 1 && day != 2 {
			return
		}
		require.NoError(t, s.store.UseNode(t.Context(), second, day == 2))
		moved := make(chan error, 1)
		go func() {
			_, err := s.store.MoveParts(context.Background(), func(store.Move) {})
			moved <- err
		}()
		s.order(life.days[day]...)
		require.NoError(t, <-moved)
		s.spread(t, second, day == 2)
	})
	s.whole(undisturbed(t, life))
}

// secondNode is the name of the second node.
func (s *system) secondNode(t *testing.T) string {
	t.Helper()
	nodes, err := s.store.Nodes(t.Context())
	require.NoError(t, err)
	require.Len(t, nodes, 2)
	return nodes[1].Name
}

// spread fails unless a node has half of the parts, or none.
func (s *system) spread(t *testing.T, name string, half bool) {
	t.Helper()
	nodes, err := s.store.Nodes(t.Context())
	require.NoError(t, err)
	for _, n := range nodes {
		switch {
		case half:
			require.EqualValues(t, clusterParts/2, n.Parts, n.Name)
		case n.Name == name:
			require.Zero(t, n.Parts, n.Name)
		default:
			require.EqualValues(t, clusterParts, n.Parts, n.Name)
		}
	}
}
