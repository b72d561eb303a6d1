package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"time"
)

// ChainError says where a shard's events and their hashes part: an event was changed, lost or put in afterwards.
type ChainError struct {
	Shard    ShardID
	Position int64  // of the event that does not fit
	Stream   string // of that event; empty when it is missing
}

// Error names the place and what to run next.
func (e *ChainError) Error() string {
	of := ""
	if e.Stream != "" {
		of = ", an event of " + e.Stream
	}
	return fmt.Sprintf("store: the hash chain of shard %d breaks at position %d%s: the log was changed outside Tenure; "+
		"restore it, then: tenure audit", e.Shard, e.Position, of)
}

// chainer computes the hashes of consecutive events of a shard.
type chainer struct {
	hash hash.Hash
	buf  []byte
}

func newChainer() *chainer { return &chainer{hash: sha256.New()} }

// next is the hash of an event after the hash of the one before it. Every field of variable length is preceded by its
// length, so that no two events have the same encoding; the instant is rounded as the database stores it.
func (c *chainer) next(previous []byte, e *Event) []byte {
	b := c.buf[:0]
	b = appendBytes(b, previous)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Shard))
	b = binary.BigEndian.AppendUint64(b, uint64(e.Position))
	b = appendBytes(b, e.Stream)
	b = binary.BigEndian.AppendUint32(b, uint32(e.Version))
	b = appendBytes(b, e.Type)
	b = binary.BigEndian.AppendUint64(b, uint64(microseconds(e.At)))
	b = appendBytes(b, e.CommandID)
	b = appendBytes(b, e.RunID)
	b = appendBytes(b, e.Actor)
	b = appendBytes(b, e.Payload)
	c.buf = b
	c.hash.Reset()
	c.hash.Write(b)
	return c.hash.Sum(make([]byte, 0, sha256.Size))
}

func appendBytes[T string | []byte](b []byte, field T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(field))), field...)
}

// microseconds counts from 2000-01-01 as PostgreSQL does, dropping what it drops.
func microseconds(t time.Time) int64 {
	return t.Unix()*1_000_000 + int64(t.Nanosecond()/1000) - postgresEpochMicros
}

// VerifyChain reads all events of a shard and recomputes their hashes. It returns a *ChainError at the first event whose
// hash, or whose predecessor's, does not fit, and when the shard's row ends on another hash than its last event.
func (s *Store) VerifyChain(ctx context.Context, shard ShardID) error {
	heads, err := s.Heads(ctx)
	if err != nil {
		return err
	}
	broken, err := s.auditChain(ctx, heads[shard], ChainAudit{})
	if err != nil || len(broken) == 0 {
		return err
	}
	return broken[0]
}
