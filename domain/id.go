package domain

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Ids of employees, customers, resellers, products, addons, extensions and accounts have 24 hexadecimal characters.
// They are checked where something comes into being: what refers to anything else finds nothing.

// isID reports whether an id is in its one spelling.
func isID(id string) bool { return len(id) == idLength && strings.Trim(id, "0123456789abcdef") == "" }

// CanonicalID is the one spelling of an id: 24 hexadecimal characters are accepted in either case.
func CanonicalID(id string) string {
	if lower := strings.ToLower(id); isID(lower) {
		return lower
	}
	return id
}

// checkNewID refuses the id of something new that is none.
func (w World) checkNewID(path, id string) *Rejection {
	if isID(id) || w.ShortIDs && id != "" {
		return nil
	}
	return invalid(path, "must be an id of 24 hexadecimal characters")
}

// madeID makes the id of the nth thing that a command brings without one: the same command makes the same id again. It
// is empty where the command has no id itself.
func (w World) madeID(kind string, n int) string {
	if w.CommandID == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%d", kind, w.CommandID, n))
	return hex.EncodeToString(sum[:idLength/2])
}
