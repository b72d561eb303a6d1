package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tenure/api"
	"tenure/events"
)

// Connection has the addresses of a process: DIR/connection.json, written once it is ready and removed when it stops.
type Connection struct {
	HTTP  string `json:"http"`  // base address, http://host:port
	Kafka string `json:"kafka"` // bootstrap addresses, host:port separated by commas
	// KafkaUser, KafkaPassword and KafkaMechanism are how a client of the brokers says who it is; empty: nobody asks.
	KafkaUser      string `json:"kafkaUser,omitempty"`
	KafkaPassword  string `json:"kafkaPassword,omitempty"`
	KafkaMechanism string `json:"kafkaMechanism,omitempty"`

	Postgres string `json:"postgres"` // DSN
	Admin    string `json:"admin"`    // base address, http://host:port
	Console  string `json:"console"`  // base address of the pages for operators
	Token    string `json:"token"`    // of an ADMIN
}

// The files in the data directory that hold secrets: only their owner may read them.
const (
	connectionFile = "connection.json"
	tokenFile      = "token"
	private        = 0o600
)

// ReadConnection reads the connection file of a data directory. Without one the error names the command that starts a
// process.
func ReadConnection(dir string) (Connection, error) {
	var c Connection
	raw, err := os.ReadFile(filepath.Join(dir, connectionFile))
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("node: nothing runs on %s; start it with: tenure up --data %s", dir, dir)
	}
	if err != nil {
		return c, fmt.Errorf("node: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("node: %s: %w", filepath.Join(dir, connectionFile), err)
	}
	return c, nil
}

// Announce writes the connection file, with the token of an ADMIN that stays the same over restarts, and has Stop
// remove it.
func (n *Node) Announce(ctx context.Context, dir string) (Connection, error) {
	token, err := n.adminToken(ctx, filepath.Join(dir, tokenFile))
	if err != nil {
		return Connection{}, err
	}
	c := Connection{
		HTTP:     n.scheme() + n.HTTP,
		Kafka:    strings.Join(n.Kafka.Brokers, ","),
		Postgres: n.DSN,
		Admin:    n.scheme() + n.Admin,
		Console:  n.scheme() + n.Console,
		Token:    token,
	}
	if n.config.Postgres.DSN == "" && n.Kafka.CommandKey.Given() { // commands with this directory sign with it
		if err := WriteKey(KeyPath(dir, OwnKey), n.Kafka.CommandKey); err != nil {
			return c, err
		}
	}
	if len(n.config.Kafka.Brokers) == 0 { // what an operator configured is nothing to hand on
		c.KafkaUser, c.KafkaPassword, c.KafkaMechanism = n.Kafka.SASL.User, n.Kafka.SASL.Password, n.Kafka.SASL.Mechanism
		if err := n.announceClients(dir, c); err != nil {
			return c, fmt.Errorf("node: write connection: %w", err)
		}
	}
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return c, fmt.Errorf("node: write connection: %w", err)
	}
	path := filepath.Join(dir, connectionFile)
	if err := writeWhole(path, append(raw, '\n')); err != nil {
		return c, fmt.Errorf("node: write connection: %w", err)
	}
	n.onStop("connection file", func(context.Context) error { return os.Remove(path) })
	return c, nil
}

// The settings of other programs that join the brokers: Kafka's tools (--command-config) and kcat (-F).
const (
	javaFile = "client.properties"
	kcatFile = "kcat.conf"
)

// announceClients writes the settings by which programs of others join the brokers. Stop removes them.
func (n *Node) announceClients(dir string, c Connection) error {
	protocol, java, kcat := "PLAINTEXT", "", ""
	if c.KafkaUser != "" {
		protocol = "SASL_PLAINTEXT"
		java = fmt.Sprintf("sasl.mechanism=%s\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule "+
			"required username=%q password=%q;\n", c.KafkaMechanism, c.KafkaUser, c.KafkaPassword)
		kcat = fmt.Sprintf("sasl.mechanisms=%s\nsasl.username=%s\nsasl.password=%s\n", c.KafkaMechanism, c.KafkaUser,
			c.KafkaPassword)
	}
	head := fmt.Sprintf("bootstrap.servers=%s\nsecurity.protocol=%s\n", c.Kafka, protocol)
	for name, text := range map[string]string{javaFile: head + java, kcatFile: head + kcat} {
		path := filepath.Join(dir, name)
		if err := writeWhole(path, []byte(text)); err != nil {
			return err
		}
		n.onStop(name, func(context.Context) error { return os.Remove(path) })
	}
	return nil
}

// adminToken returns the token of a former start if the database still has it, else a new one.
func (n *Node) adminToken(ctx context.Context, path string) (string, error) {
	tokens := api.Tokens{Database: n.Store}
	if raw, err := os.ReadFile(path); err == nil {
		token := strings.TrimSpace(string(raw))
		rights, ok, err := tokens.Rights(ctx, token)
		if err == nil && ok && rights.AccessLevel == adminLevel {
			return token, nil
		}
	}
	token, err := tokens.Create(ctx, events.Actor{AccessLevel: adminLevel}, 0)
	if err != nil {
		return "", err
	}
	if err := writeWhole(path, []byte(token+"\n")); err != nil {
		return "", fmt.Errorf("node: keep token: %w", err)
	}
	return token, nil
}

const adminLevel = "ADMIN"

// writeWhole lets a reader see the old file or the new one, never a part.
func writeWhole(path string, content []byte) error {
	partial := path + ".partial"
	if err := os.WriteFile(partial, content, private); err != nil {
		return err
	}
	return os.Rename(partial, path)
}
