//go:build !linux

package embedded

// identities: user namespaces exist on Linux only, so elsewhere the program
// has to be started by an ordinary user.
func identities() []identity { return []identity{self()} }
