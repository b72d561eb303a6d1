package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tenure/internal/config"
	"tenure/internal/keyring"
	"tenure/internal/signing"
	"tenure/internal/store"
)

// OwnKey is the name of the key that a system with private files signs its own commands with.
const OwnKey = "tenure"

// KeyPath is where the key of a name is in a data directory.
func KeyPath(data, name string) string { return filepath.Join(data, "keys", name+".key") }

// WriteKey writes a key to a file that only its owner may read; its folder is created.
func WriteKey(path string, key signing.Key) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("node: write key: %w", err)
	}
	if err := writeWhole(path, []byte(key.Text()+"\n")); err != nil {
		return fmt.Errorf("node: write key: %w", err)
	}
	return nil
}

// errKeyMissing is for the operator: what such a process sends would be rejected.
var errKeyMissing = errors.New("commands-unsigned is refuse, so the roles scheduler, api and console need a key: " +
	"tenure keys create, and TENURE_COMMAND_KEY_FILE")

// startKeys gives the process the key that it signs its own commands with. A system with a private database has one of
// its own; others are configured.
func (n *Node) startKeys(ctx context.Context) error {
	c := n.config
	if n.Kafka.CommandKey.Given() {
		return nil
	}
	if c.Postgres.DSN == "" {
		key, err := n.ownKey(ctx)
		n.Kafka.CommandKey = key
		return err
	}
	sends := c.Has(config.RoleScheduler) || c.Has(config.RoleAPI) || c.Has(config.RoleConsole)
	if c.Unsigned == signing.Refuse && sends {
		return errKeyMissing
	}
	return nil
}

// ownKey reads the key of a former start if the database still knows it, or creates one that may send everything.
func (n *Node) ownKey(ctx context.Context) (signing.Key, error) {
	path := ""
	if n.config.Data != "" {
		path = KeyPath(n.config.Data, OwnKey)
	}
	if key, known, err := n.formerKey(ctx, path); err != nil || known {
		return key, err
	}
	key, err := signing.NewKey(signing.HMAC)
	if err != nil {
		return key, err
	}
	if _, err := n.Store.RevokeSigningKey(ctx, OwnKey, OwnKey); err != nil { // its file is lost
		return key, err
	}
	err = n.Store.AddSigningKey(ctx, store.SigningKey{
		ID: key.ID, Name: OwnKey, Algorithm: string(key.Algorithm), Material: key.Material(), Types: []string{"*"},
		System: true,
		Reason: "the system's own commands", CreatedBy: OwnKey,
	})
	if err != nil || path == "" {
		return key, err
	}
	return key, WriteKey(path, key)
}

func (n *Node) formerKey(ctx context.Context, path string) (key signing.Key, known bool, err error) {
	if path == "" {
		return key, false, nil
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return key, false, nil
	}
	if err != nil {
		return key, false, fmt.Errorf("node: read key: %w", err)
	}
	if key, err = signing.ParseKey(string(raw)); err != nil {
		return key, false, fmt.Errorf("node: %s: %w", path, err)
	}
	ring, err := keyring.New(ctx, n.Store, n.log)
	if err != nil {
		return key, false, err
	}
	_, known = ring.Find(key.ID)
	return key, known, nil
}
