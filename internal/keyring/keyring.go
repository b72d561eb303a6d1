package keyring

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tenure/internal/signing"
	"tenure/internal/store"
	"tenure/internal/telemetry"
)

// Source reads the keys in use.
type Source interface {
	// VerifyingKeys lists the keys that are in force.
	VerifyingKeys(ctx context.Context) ([]store.SigningKey, error)
}

const (
	// staleMax is how long a revoked key may still be accepted: the price of not asking the database for each command.
	staleMax = 2 * time.Second
	// unknownPause is the pause between two reads because of a key that is not known, so that forged ids cost nothing,
	// after so many in unknownBurst that need none: a key that was just made is known to the first command that it signs.
	unknownPause = 250 * time.Millisecond
	unknownBurst = 8
	// loadMax bounds a read of the keys: a partition waits for it.
	loadMax = 2 * time.Second
)

// Ring has the keys in use. It is safe for concurrent use.
type Ring struct {
	source Source
	log    *slog.Logger

	mu     sync.Mutex
	grants map[string]signing.Grant
	read   time.Time
	burst  int // reads because of unknown keys since the last one that was due
}

// New reads the keys.
func New(ctx context.Context, source Source, log *slog.Logger) (*Ring, error) {
	r := &Ring{source: source, log: log}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r, r.load(ctx)
}

// Find returns the grant of a key in use. Keys are read again when they are stale, or when the id is not known. While
// the database does not answer, those of before count. The lock is held while they are read: that takes loadMax at
// most, and whoever waited finds them, or the failed attempt, and does not read again.
func (r *Ring) Find(id string) (signing.Grant, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	grant, known := r.grants[id]
	age := time.Since(r.read)
	if age > staleMax || !known && (age > unknownPause || r.burst < unknownBurst) {
		if r.burst++; age > staleMax {
			r.burst = 0
		}
		ctx, cancel := context.WithTimeout(context.Background(), loadMax)
		defer cancel()
		if err := r.load(ctx); err != nil {
			r.log.Warn("keyring: keys cannot be read, those of before count", telemetry.Err(err))
			r.read = time.Now() // the next attempt after the same pause
		}
		grant, known = r.grants[id]
	}
	return grant, known
}

func (r *Ring) load(ctx context.Context) error {
	keys, err := r.source.VerifyingKeys(ctx)
	if err != nil {
		return err
	}
	r.grants, r.read = make(map[string]signing.Grant, len(keys)), time.Now()
	for _, k := range keys {
		r.grants[k.ID] = signing.Grant{
			ID: k.ID, Name: k.Name, Algorithm: signing.Algorithm(k.Algorithm), Material: k.Material, Types: k.Types,
			Level: k.Level, Reseller: k.Reseller, System: k.System,
		}
	}
	return nil
}
