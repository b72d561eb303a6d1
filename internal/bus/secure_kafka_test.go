package bus

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"os"
	"strings"
	"testing"

	"tenure/contract"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// envScram names the address of an Apache Kafka that asks for SCRAM, beside the plain one of TENURE_KAFKA_BROKERS.
const envScram = "TENURE_KAFKA_SCRAM"

// scramIterations is what Kafka asks for at least.
const scramIterations = 4096

// scramUser makes a user on Apache Kafka, as kafka-configs does.
func scramUser(t *testing.T, plain Config, name, password string) {
	t.Helper()
	for mechanism, hashed := range map[int8]func(salt []byte) ([]byte, error){
		1: func(salt []byte) ([]byte, error) {
			return pbkdf2.Key(sha256.New, password, salt, scramIterations, sha256.Size)
		},
		2: func(salt []byte) ([]byte, error) {
			return pbkdf2.Key(sha512.New, password, salt, scramIterations, sha512.Size)
		},
	} {
		request := kmsg.NewPtrAlterUserSCRAMCredentialsRequest() // one user may stand in it once
		salt := make([]byte, 16)
		_, err := rand.Read(salt)
		require.NoError(t, err)
		salted, err := hashed(salt)
		require.NoError(t, err)
		one := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		one.Name, one.Mechanism, one.Iterations, one.Salt, one.SaltedPassword = name, mechanism, scramIterations, salt, salted
		request.Upsertions = append(request.Upsertions, one)
		answer, err := request.RequestWith(t.Context(), raw(t, plain))
		require.NoError(t, err)
		require.NoError(t, kerr.ErrorForCode(answer.Results[0].ErrorCode))
	}
}

// TestApacheKafka_KnowsUsAndKeepsOurRules is the same on Apache Kafka as on the embedded broker: SCRAM, and an
// integrator that reads its own ledger only.
func TestApacheKafka_KnowsUsAndKeepsOurRules(t *testing.T) {
	t.Parallel()
	address := os.Getenv(envScram)
	if !onReal() || address == "" {
		t.Skipf("needs Apache Kafka with users: %s", envScram)
	}
	plain := ownPrefix(brokers(t))
	user, password := "accounting-"+strings.ToLower(rand.Text()[:8]), "sample,password="
	scramUser(t, plain, user, password)
	left, err := Apply(t.Context(), plain, Declared{
		Topics: Topics(1), Rules: Rules(plain.TopicPrefix, "tenure", []Principal{{PartCost, "User:" + user},
			{PartAPI, "User:" + user}}),
	})
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, publisher(t, plain).Publish(t.Context(), numbered(contract.BillingLinesCost, 0, 3)))
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		cfg := plain
		cfg.Brokers, cfg.SASL = []string{address}, SASL{Mechanism: mechanism, User: user, Password: password}
		require.Len(t, readAll(t, cfg, contract.BillingLinesCost), 3)
		require.NoError(t, publisher(t, cfg).Publish(t.Context(), numbered(contract.EmployeeCommands, 0, 1)),
			"the idempotent producer needs no right on the cluster")
		lookup, err := NewTopicReader(cfg)
		require.NoError(t, err)
		t.Cleanup(lookup.Close)
		_, err = lookup.TopicStates(t.Context(), []string{contract.BillingLines})
		require.True(t, Unauthorized(err), "%v", err)
		cfg.SASL.Password = "wrong"
		_, err = NewTopicReader(cfg)
		require.ErrorIs(t, err, sarama.ErrSASLAuthenticationFailed)
	}
}
