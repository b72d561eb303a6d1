package billing

import (
	"math/bits"

	"github.com/google/uuid"
)

// HashIDsMax is how many ids [HashOfSome] can tell apart. An id has 122 bits that
// differ: of more ids than that almost any hash is one of some of them.
const HashIDsMax = 100

// HashOfSome reports whether a hash can be that of exactly n of the ids: whether
// they have n whose exclusive or it is. Ids of lines are as good as random, so of
// at most [HashIDsMax] there is one choice at the most.
func HashOfSome(ids []uuid.UUID, n int, hash uuid.UUID) bool {
	if len(ids) > HashIDsMax {
		return n <= len(ids)
	}
	var rows [len(uuid.UUID{}) * 8]subset // by the highest bit of the hash
	for i, id := range ids {
		c := subset{hash: id}
		c.taken[i/64] = 1 << (i % 64)
		for b := c.top(); b >= 0; b = c.top() {
			if rows[b].hash == uuid.Nil {
				rows[b] = c
				break
			}
			c.combine(&rows[b])
		}
	}
	c := subset{hash: hash}
	for b := c.top(); b >= 0; b = c.top() {
		if rows[b].hash == uuid.Nil {
			return false
		}
		c.combine(&rows[b])
	}
	return bits.OnesCount64(c.taken[0])+bits.OnesCount64(c.taken[1]) == n
}

// subset is some of the ids and their hash.
type subset struct {
	hash  uuid.UUID
	taken [2]uint64
}

func (c *subset) combine(o *subset) {
	c.hash = CombineHashes(c.hash, o.hash)
	c.taken[0], c.taken[1] = c.taken[0]^o.taken[0], c.taken[1]^o.taken[1]
}

// top is the highest bit of the hash, or -1 of none.
func (c *subset) top() int {
	for i, b := range c.hash {
		if b != 0 {
			return (len(c.hash)-1-i)*8 + bits.Len8(b) - 1
		}
	}
	return -1
}
