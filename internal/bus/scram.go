package bus

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/IBM/sarama"
)

const (
	// scramIterationsMin is what RFC 7677 asks for at least; a server that asks
	// for less would make a stolen exchange cheap to guess.
	scramIterationsMin = 4096
	// scramIterationsMax bounds what a server can make us compute.
	scramIterationsMax = 1 << 20
)

// scram is the client's side of RFC 5802 without channel binding. It is here
// because sarama leaves it to its user, and it is four messages.
type scram struct {
	hash           func() hash.Hash
	user, password string
	nonce          string
	first          string // client-first-message-bare
	serverProof    []byte // what the server must prove at the end
	step           int
	done           bool
}

func newScram(mechanism sarama.SASLMechanism) *scram {
	if mechanism == sarama.SASLTypeSCRAMSHA256 {
		return &scram{hash: sha256.New}
	}
	return &scram{hash: sha512.New}
}

// Begin starts an exchange; authzID is not used by Kafka.
func (s *scram) Begin(user, password, _ string) error {
	nonce := make([]byte, 24)
	if _, err := rand.Read(nonce); err != nil {
		return fmt.Errorf("bus: scram nonce: %w", err)
	}
	escaped := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user)
	s.user, s.password, s.nonce = escaped, password, base64.StdEncoding.EncodeToString(nonce)
	s.step, s.done = 0, false
	return nil
}

// Done reports that the server has proved that it knows the password too.
func (s *scram) Done() bool { return s.done }

// Step answers the server's message.
func (s *scram) Step(challenge string) (string, error) {
	s.step++
	switch s.step {
	case 1:
		s.first = "n=" + s.user + ",r=" + s.nonce
		return "n,," + s.first, nil
	case 2:
		return s.prove(challenge)
	case 3:
		return "", s.verify(challenge)
	default:
		return "", errors.New("bus: scram: the server goes on after the end")
	}
}

func (s *scram) prove(challenge string) (string, error) {
	fields := scramFields(challenge)
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	if err != nil || len(salt) == 0 {
		return "", errors.New("bus: scram: the server's salt is not base64")
	}
	iterations, err := strconv.Atoi(fields["i"])
	if err != nil || iterations < scramIterationsMin || iterations > scramIterationsMax {
		return "", fmt.Errorf("bus: scram: the server asks for %q iterations", fields["i"])
	}
	if !strings.HasPrefix(fields["r"], s.nonce) || len(fields["r"]) == len(s.nonce) {
		return "", errors.New("bus: scram: the server's nonce does not continue ours")
	}
	salted, err := pbkdf2.Key(s.hash, s.password, salt, iterations, s.hash().Size())
	if err != nil {
		return "", fmt.Errorf("bus: scram: %w", err)
	}
	final := "c=biws,r=" + fields["r"]
	auth := s.first + "," + challenge + "," + final
	clientKey := s.mac(salted, "Client Key")
	stored := s.hash()
	stored.Write(clientKey)
	proof := s.mac(stored.Sum(nil), auth)
	subtle.XORBytes(proof, proof, clientKey)
	s.serverProof = s.mac(s.mac(salted, "Server Key"), auth)
	return final + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

func (s *scram) verify(challenge string) error {
	fields := scramFields(challenge)
	if reason, refused := fields["e"]; refused {
		return fmt.Errorf("bus: scram: the server refuses: %s", reason)
	}
	got, err := base64.StdEncoding.DecodeString(fields["v"])
	if err != nil || !hmac.Equal(got, s.serverProof) {
		return errors.New("bus: scram: the server does not know the password")
	}
	s.done = true
	return nil
}

func (s *scram) mac(key []byte, text string) []byte {
	m := hmac.New(s.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

func scramFields(message string) map[string]string {
	fields := map[string]string{}
	for part := range strings.SplitSeq(message, ",") {
		if name, value, ok := strings.Cut(part, "="); ok {
			fields[name] = value
		}
	}
	return fields
}
