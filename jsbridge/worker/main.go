// Package worker is the process that runs hooks.
package worker

import "os"

// Command is the hidden sub-command that makes a program a worker.
const Command = "hook-worker"

// MaybeRun becomes the worker and does not return if the program was started as one.
func MaybeRun() {
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(Main())
	}
}

// Main runs the worker until its standard input ends, and returns the exit status.
func Main() int { return 0 }
