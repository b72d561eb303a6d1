package api

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

const (
	// failuresMax is how many invalid tokens an address may send in failuresTime before further look-ups are refused. A
	// client with a mistyped token stays far below it.
	failuresMax  = 60
	failuresTime = time.Minute
	// failuresKept bounds the addresses that are counted; at the bound the count starts again.
	failuresKept = 10_000
	// failuresPrefix is how much of an IPv6 address counts: whoever has one address has all of its /64.
	failuresPrefix = 64
)

// errTooManyFailures means that the address sent too many invalid tokens.
var errTooManyFailures = errors.New("api: too many invalid tokens from this address")

// failures counts invalid tokens by address, in this process: each costs a transaction, and guessing is seen by its
// count.
type failures struct {
	mu    sync.Mutex
	since time.Time
	count map[netip.Prefix]int
}

// networkOf is the network that an address counts for.
func networkOf(at netip.Addr) netip.Prefix {
	if at.Is4() || !at.IsValid() {
		return netip.PrefixFrom(at, at.BitLen())
	}
	network, err := at.Prefix(failuresPrefix)
	if err != nil {
		return netip.PrefixFrom(at, at.BitLen())
	}
	return network
}

// add counts an invalid token.
func (f *failures) add(from netip.Addr, now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(now)
	if len(f.count) >= failuresKept {
		clear(f.count)
	}
	f.count[networkOf(from)]++
}

// exceeded reports whether an address sent too many invalid tokens of late.
func (f *failures) exceeded(from netip.Addr, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.expire(now)
	return f.count[networkOf(from)] >= failuresMax
}

// expire starts the count again when its time is over.
func (f *failures) expire(now time.Time) {
	if f.count == nil || now.Sub(f.since) >= failuresTime {
		f.count, f.since = map[netip.Prefix]int{}, now
	}
}
