package store

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"time"
)

// Chainer computes the hashes of consecutive events of a shard.
type Chainer struct {
	hash hash.Hash
	buf  []byte
}

// NewChainer returns a Chainer, which is for one goroutine.
func NewChainer() *Chainer { return &Chainer{hash: sha256.New()} }

// Next is the hash of an event after the hash of the one before it. Every field of variable length is preceded by its
// length, so that no two events have the same encoding; the instant is rounded as the database stores it.
func (c *Chainer) Next(previous []byte, e *Event) []byte {
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

// outcomeChainBytes is how much is kept of the hash of an outcome: it tells histories apart, and proves nothing to
// outsiders.
const outcomeChainBytes = 16

// nextOutcome is the hash of an outcome after the hash of the one before it.
func (c *Chainer) nextOutcome(previous []byte, o *Outcome) []byte {
	b := c.buf[:0]
	b = appendBytes(b, previous)
	b = binary.BigEndian.AppendUint32(b, uint32(o.Shard))
	b = binary.BigEndian.AppendUint64(b, uint64(o.Sequence))
	b = append(b, o.Command[:]...)
	b = appendBytes(b, o.Content)
	if o.Final {
		b = append(b, 1)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(microseconds(o.At)))
	b = appendBytes(b, o.Answer)
	c.buf = b
	c.hash.Reset()
	c.hash.Write(b)
	return c.hash.Sum(make([]byte, 0, sha256.Size))[:outcomeChainBytes:outcomeChainBytes]
}

func appendBytes[T string | []byte](b []byte, field T) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(field))), field...)
}

// microseconds counts from 2000-01-01 as PostgreSQL does, dropping what it drops.
func microseconds(t time.Time) int64 {
	return t.Unix()*1_000_000 + int64(t.Nanosecond()/1000) - postgresEpochMicros
}
