//go:build !linux

package embedded

import "syscall"

// dieWithParent does nothing: only Linux ends a child with its parent. The
// next start on the directory ends a server that was left behind.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
