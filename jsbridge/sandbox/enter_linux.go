package sandbox

import (
	"errors"
	"os"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	abi "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// Enter confines this process, all of its threads, for good. user is whom a root process becomes; others stay who they
// are. It must be called before any other thread does work that opens files.
func Enter(user int) Report {
	var r Report
	lowerLimits(&r)
	if os.Getuid() == 0 {
		r.become(user)
	}
	// Nothing that runs as the same user may read this process's memory, and its death follows the server's: becoming
	// somebody else has cleared that.
	r.control("core dumps and tracing", prSetDumpable, 0)
	r.control("the end with the server", syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL))
	r.closeFiles()
	if r.control("no_new_privs", prSetNoNewPrivs, 1) {
		r.NoNewPrivs = true
		r.filterSyscalls()
	}
	return r
}

// lowerLimits leaves no core, no file that could grow and few descriptors.
func lowerLimits(r *Report) {
	for resource, most := range map[int]uint64{syscall.RLIMIT_CORE: 0, syscall.RLIMIT_FSIZE: 0, syscall.RLIMIT_NOFILE: 64} {
		if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			r.lack("limits of files", err)
		}
	}
}

// become makes a root process an ordinary one: no groups, no capabilities.
func (r *Report) become(user int) {
	err := errors.Join(syscall.Setgroups(nil), syscall.Setresgid(user, user, user), syscall.Setresuid(user, user, user))
	if err != nil {
		r.lack("a user of its own", err)
		return
	}
	r.User = user
}

// closeFiles closes file system and network, as far as this kernel's Landlock can.
func (r *Report) closeFiles() {
	version, err := abi.LandlockGetABIVersion()
	if err == nil {
		err = landlock.V7.BestEffort().Restrict()
	}
	if err != nil {
		r.lack("Landlock", err)
		return
	}
	r.Landlock = version
}

// What package syscall does not name (linux/prctl.h).
const (
	prSetDumpable   = 4
	prSetNoNewPrivs = 38
)

// control is prctl; it tells whether that went well.
func (r *Report) control(what string, option, value uintptr) bool {
	err := prctl(option, value)
	if err != nil {
		r.lack(what, err)
	}
	return err == nil
}

func prctl(option, value uintptr) error {
	if _, _, failed := syscall.Syscall6(syscall.SYS_PRCTL, option, value, 0, 0, 0, 0); failed != 0 {
		return failed
	}
	return nil
}

// Protect makes this process one that others of the same user, a worker that could not become another user among them,
// can neither trace nor read the memory of (man 2 prctl, PR_SET_DUMPABLE). It leaves no core either, which would hold
// secrets.
func Protect() error { return prctl(prSetDumpable, 0) }
