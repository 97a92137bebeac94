//go:build !linux

package pgtest

import "syscall"

// endWithUs does nothing: this system does not tell a process of its parent's death.
func endWithUs(*syscall.SysProcAttr) {}
