package signing

import (
	"strings"
)

// Grant is a key as whoever verifies knows it, and what it may send.
type Grant struct {
	ID        string
	Name      string
	Algorithm Algorithm
	Material  []byte   // what verifies: Key.Material
	Types     []string // patterns: billing.record_payment, employee.*, or * for all
	Level     string   // the highest access level of an actor; empty: any
	Reseller  string   // the reseller of every actor; empty: any
	System    bool     // may send commands of Tenure itself
}

// Sends reports whether the key may send commands of a type, given with or without its version.
func (g Grant) Sends(commandType string) bool {
	name := withoutVersion(commandType)
	for _, pattern := range g.Types {
		family, all := strings.CutSuffix(pattern, "*")
		if all && (family == "" || strings.HasSuffix(family, ".") && strings.HasPrefix(name, family)) {
			return true
		}
		if withoutVersion(pattern) == name {
			return true
		}
	}
	return false
}

// withoutVersion cuts .v1 off a wire name.
func withoutVersion(name string) string {
	i := strings.LastIndex(name, ".v")
	if i < 0 || i+2 == len(name) || strings.Trim(name[i+2:], "0123456789") != "" {
		return name
	}
	return name[:i]
}

// CheckPattern returns a sentence that says what is wrong with a pattern of types, or an empty text.
func CheckPattern(pattern string, known []string) string {
	g := Grant{Types: []string{pattern}}
	for _, name := range known {
		if g.Sends(name) {
			return ""
		}
	}
	return "no command is called " + pattern
}
