package node

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"tenure/internal/embedded"
	"tenure/internal/test/doctest"
)

// installed are the users of Kafka that the page makes.
var installed = []string{
	"tenure-worker", "tenure-feed", "tenure-scheduler", "tenure-api", "tenure-console", "tenure-operator", "platform",
}

const kafkaAdmin = "kafka-admin"

// TestInstall_ThePageLeadsToACompletedRun plays the first installation with the rights of the page and no others: on
// the Apache Kafka of TENURE_KAFKA_SCRAM, else on a broker that keeps rules of access.
func TestInstall_ThePageLeadsToACompletedRun(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs("../..")
	require.NoError(t, err)
	a := newAuthority(t)
	dsn := encrypted(t, a)
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	variables := []string{
		"DATABASE=" + at.Host + at.Path + "?" + at.RawQuery, "PASSWORD=" + plainPassword, "SOURCE=" + source,
		"ETC=" + t.TempDir(), fmt.Sprintf("PORTS=%d", freePorts(t, 10)), "TENURE_KAFKA_BROKERS=", "TENURE_POSTGRES_DSN=",
	}
	if scram := os.Getenv("TENURE_KAFKA_SCRAM"); scram != "" {
		apacheUsers(t)
		variables = append(variables, "BROKERS="+scram, "TLS=false", "CA=",
			"TENURE_KAFKA_TOPIC_PREFIX=install-"+strings.ToLower(rand.Text()[:8])+".") // the cluster may have lived before
	} else {
		variables = append(variables, "BROKERS="+guardedBy(t, a, kafkaAdmin, plainPassword, installed...), "TLS=true",
			"CA="+a.file)
	}
	makeRoles(t, source, dsn)
	doctest.Run(t, source, "docs/install.md", variables...)

	admin, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer admin.Close(context.Background())
	var billed, broken int
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(*) FROM events WHERE type = 'employee.invoiced.v1'").Scan(
		&billed))
	require.Positive(t, billed)
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' "+
		"AND tableowner NOT IN ('tenure_owner', 'tenure_feed')").Scan(&broken))
	require.Zero(t, broken, "no process and no person made a table as anybody else")
	var by string
	require.NoError(t, admin.QueryRow(t.Context(), "SELECT convert_from(actor, 'UTF8') FROM events WHERE type = 'run.halted.v1'").Scan(&by))
	require.Contains(t, by, "ADMIN", "the halt has the name of who gave it")
}

// makeRoles plays the line of the page with psql on a server without the database, twice as after a mistake, or its
// script without psql.
func makeRoles(t *testing.T, source, dsn string) {
	t.Helper()
	if _, err := exec.LookPath("psql"); err != nil {
		withoutPsql(t, dsn)
		return
	}
	at, err := url.Parse(dsn)
	require.NoError(t, err)
	at.Path = "/postgres"
	admin, err := pgx.Connect(t.Context(), at.String())
	require.NoError(t, err)
	defer admin.Close(context.Background())
	_, err = admin.Exec(t.Context(), "DROP DATABASE tenure WITH (FORCE)")
	require.NoError(t, err)
	lines, err := doctest.Lines("../../docs/install.md", "database")
	require.NoError(t, err)
	for range 2 {
		session := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", strings.Join(lines, "\n"))
		session.Env = append(os.Environ(), "ADMINISTRATOR="+at.String(), "PASSWORD="+plainPassword, "SOURCE="+source)
		out, err := session.CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

// apacheUsers makes the users of the page on the Apache Kafka of the test, and gives kafka-admin its rights, as
// kafka-configs.sh and kafka-acls.sh do.
func apacheUsers(t *testing.T) {
	t.Helper()
	realBroker.Lock()
	t.Cleanup(realBroker.Unlock)
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(os.Getenv("TENURE_KAFKA_BROKERS"), ",")...))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
	for _, user := range append([]string{kafkaAdmin}, installed...) {
		one := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		one.Name, one.Mechanism, one.Iterations, one.Salt = user, 2, 4096, []byte(rand.Text())
		one.SaltedPassword, err = pbkdf2.Key(sha512.New, plainPassword, one.Salt, int(one.Iterations), sha512.Size)
		require.NoError(t, err)
		request.Upsertions = append(request.Upsertions, one)
	}
	answer, err := request.RequestWith(t.Context(), client)
	require.NoError(t, err)
	for _, result := range answer.Results {
		require.NoError(t, kerr.ErrorForCode(result.ErrorCode))
	}
	rules := kmsg.NewPtrCreateACLsRequest()
	for kind, name := range map[kmsg.ACLResourceType]string{
		kmsg.ACLResourceTypeTopic: "*", kmsg.ACLResourceTypeGroup: "*", kmsg.ACLResourceTypeCluster: "kafka-cluster",
	} {
		one := kmsg.NewCreateACLsRequestCreation()
		one.ResourceType, one.ResourceName, one.ResourcePatternType = kind, name, kmsg.ACLResourcePatternTypeLiteral
		one.Principal, one.Host = "User:"+kafkaAdmin, "*"
		one.Operation, one.PermissionType = kmsg.ACLOperationAll, kmsg.ACLPermissionTypeAllow
		rules.Creations = append(rules.Creations, one)
	}
	made, err := rules.RequestWith(t.Context(), client)
	require.NoError(t, err)
	for _, result := range made.Results {
		require.NoError(t, kerr.ErrorForCode(result.ErrorCode))
	}
}

// freePorts gives the first of some ports in a row that are free, below those of outgoing connections. The one behind
// them is held until the test ends: it keeps the same test in another process, of which the parts listen later, from
// taking these.
func freePorts(t *testing.T, n int) int {
	t.Helper()
	for first := 15_000; first < 30_000; first += n + 1 {
		held, ok := listen(t, first+n)
		if !ok {
			continue
		}
		if free(t, first, n) {
			t.Cleanup(func() { _ = held.Close() })
			return first
		}
		_ = held.Close()
	}
	t.Fatal("no free ports")
	return 0
}

func free(t *testing.T, first, n int) bool {
	t.Helper()
	for port := first; port < first+n; port++ {
		l, ok := listen(t, port)
		if !ok {
			return false
		}
		require.NoError(t, l.Close())
	}
	return true
}

func listen(t *testing.T, port int) (l net.Listener, ok bool) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	return l, err == nil
}

// TestFastForward_ThePageLivesThroughAMonthEnd plays the page on embedded brokers and a database that it is given.
func TestFastForward_ThePageLivesThroughAMonthEnd(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs("../..")
	require.NoError(t, err)
	server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Ephemeral: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	doctest.Run(t, source, "docs/fast-forward.md", "DSN="+server.DSN(), "SOURCE="+source, "TENURE_KAFKA_BROKERS=")
}
