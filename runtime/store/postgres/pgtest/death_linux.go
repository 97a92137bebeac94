package pgtest

import "syscall"

// endWithUs makes the server stop at once when this process is killed.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
