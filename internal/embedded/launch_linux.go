package embedded

import "syscall"

// dieWithParent makes the kernel send sig to the child when we end.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }
