// Package sandbox is what a process that runs author source takes away from itself before it reads any, and what the
// server does so that such a process finds nothing of it. It stands behind the limits of package jsbridge: were the
// JavaScript engine broken out of, this is what would be left.
//
//	// in the worker, first of all:
//	report := sandbox.Enter(sandbox.UserOf(3))
//	// in the server:
//	err := sandbox.Protect()
//
// A part that the system does not have, or does not let the process have, is left out and named in the Report; whether to
// go on without is the server's decision. Nothing here can be undone.
package sandbox

import (
	"fmt"
	"strings"
)

// Report says what holds for a worker.
type Report struct {
	User       int      `json:"user,omitempty"`       // the unprivileged user that it is; 0: the server's own user, who is none
	NoNewPrivs bool     `json:"noNewPrivs,omitempty"` // no program that it could start would have more rights
	Syscalls   bool     `json:"syscalls,omitempty"`   // seccomp: no file, socket, program, tracing or signal to others
	Landlock   int      `json:"landlock,omitempty"`   // version of the Landlock rules that close the file system and network; 0: none
	Missing    []string `json:"missing,omitempty"`    // what could not be had, and why
}

// IsComplete tells whether every part holds.
func (r Report) IsComplete() bool {
	return len(r.Missing) == 0 && r.NoNewPrivs && r.Syscalls && r.Landlock > 0
}

// String names the parts that hold, then those that do not.
func (r Report) String() string {
	var parts []string
	if r.User > 0 {
		parts = append(parts, fmt.Sprintf("a user of its own (%d)", r.User))
	}
	if r.NoNewPrivs {
		parts = append(parts, "no_new_privs")
	}
	if r.Syscalls {
		parts = append(parts, "seccomp")
	}
	if r.Landlock > 0 {
		parts = append(parts, fmt.Sprintf("Landlock %d", r.Landlock))
	}
	if len(parts) == 0 {
		parts = append(parts, "none")
	}
	text := strings.Join(parts, ", ")
	if len(r.Missing) > 0 {
		text += "; missing: " + strings.Join(r.Missing, "; ")
	}
	return text
}

func (r *Report) lack(part string, err error) {
	r.Missing = append(r.Missing, fmt.Sprintf("%s (%v)", part, err))
}

// The users that workers of a server run as where it runs as root: numbers that Debian keeps free (policy 9.2.2) and that
// are mapped in ordinary containers.
const (
	firstUser = 65000
	users     = 500
)

// UserOf is the user for the n-th worker: as long as there are fewer than 500, no two share one, so that none could
// signal or trace another.
func UserOf(n int) int { return firstUser + n%users }
