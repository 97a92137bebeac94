package sandbox

import (
	"os"
	"syscall"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
)

// allowed is all that Go's runtime, the C library below it and the pipes need from now on. No open, no socket, no exec, no
// fork, no ptrace, no kill; what is not here answers EPERM.
var allowed = []string{
	// the pipes, and the poller that waits for them
	"read", "write", "readv", "writev", "close", "epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "epoll_create1", "eventfd2",
	// memory
	"mmap", "munmap", "mprotect", "madvise", "mremap", "brk", "mincore", "pread64",
	// threads and their signals
	"futex", "exit", "exit_group", "sched_yield", "sched_getaffinity", "set_robust_list", "rseq", "gettid", "getpid", "membarrier",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
	// time and randomness
	"nanosleep", "clock_nanosleep", "clock_gettime", "gettimeofday", "getrandom", "getrusage",
}

// filterSyscalls installs the filter on all threads (seccomp(2), SECCOMP_FILTER_FLAG_TSYNC).
func (r *Report) filterSyscalls() {
	known, err := arch.GetInfo("")
	if err == nil {
		err = seccomp.LoadFilter(seccomp.Filter{Flag: seccomp.FilterFlagTSync, Policy: policy(known)})
	}
	if err != nil {
		r.lack("seccomp", err)
		return
	}
	r.Syscalls = true
}

func policy(known *arch.Info) seccomp.Policy {
	names := make([]string, 0, len(allowed))
	for _, name := range allowed {
		if _, ok := known.SyscallNames[name]; ok { // some are of other architectures
			names = append(names, name)
		}
	}
	self := seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: 0}
	own := seccomp.Condition{Argument: 0, Operation: seccomp.Equal, Value: uint64(os.Getpid())}
	data := seccomp.Condition{Argument: 1, Operation: seccomp.Equal, Value: syscall.RLIMIT_DATA}
	thread := seccomp.Condition{Argument: 0, Operation: seccomp.BitsSet, Value: syscall.CLONE_THREAD}
	// Other commands could have signals sent to others (F_SETOWN, F_SETSIG).
	flags := func(command uint64) seccomp.NameWithConditions {
		is := seccomp.Condition{Argument: 1, Operation: seccomp.Equal, Value: command}
		return seccomp.NameWithConditions{Name: "fcntl", Conditions: seccomp.ArgumentConditions{is}}
	}
	return seccomp.Policy{
		DefaultAction: seccomp.ActionErrno,
		Syscalls: []seccomp.SyscallGroup{
			{Action: seccomp.ActionAllow, Names: names, NamesWithCondtions: []seccomp.NameWithConditions{
				{Name: "clone", Conditions: seccomp.ArgumentConditions{thread}}, // a thread, never a process
				{Name: "tgkill", Conditions: seccomp.ArgumentConditions{own}},   // how the runtime preempts its own threads
				flags(syscall.F_GETFD), flags(syscall.F_GETFL),
				{Name: "prlimit64", Conditions: seccomp.ArgumentConditions{self, data}},
			}},
			// Its arguments lie in memory, where a filter cannot look; the C library then takes clone.
			{Action: seccomp.ActionErrno | seccomp.Action(syscall.ENOSYS), Names: []string{"clone3"}},
		},
	}
}
