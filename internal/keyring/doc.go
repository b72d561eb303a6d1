// Package keyring keeps the keys that commands are signed with in the memory of a worker, and narrows actors to what
// their key allows. It owns how stale keys may be. It does not own the
// table (internal/store), signatures (internal/signing) or what happens to a command that does not pass
// (internal/worker).
package keyring
