// Package worker is the process that runs hooks: it parses, lowers, compiles and runs author source with goja and
// esbuild, and is the only place that does. The server starts it as a hidden sub-command of its own binary and talks to
// it in the frames of package wire; nothing else reaches it and it reaches nothing else.
//
// Every call gets a fresh VM. Its global names are installed when they are first touched; each is one file (global_*.go,
// and a .js of the same name where it is written in JavaScript) and one entry in the list in globals.go. Programs are
// kept by the content hash of their script.
//
// The package limits a call only where that gives a better message (fetches, log): what must hold is enforced by the
// parent and the operating system.
package worker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	goruntime "runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"claviger/jsbridge/sandbox"
)

// Command is the hidden sub-command that makes a program a worker.
const Command = "hook-worker"

// MaybeRun becomes the worker and does not return if the program was started as one. It is for the TestMain of test
// binaries; a program with a command line of its own calls Main.
func MaybeRun() {
	if len(os.Args) > 1 && os.Args[1] == Command {
		os.Exit(Main())
	}
}

const (
	// gcPercent trades memory for time: one call makes about 100 KB of garbage on a heap of a few MB.
	gcPercent = 400
	// maxStack ends a parser or a deep native recursion before it eats all of the call's memory.
	maxStack = 256 << 20
)

// Main runs the worker until its standard input ends, and returns the exit status.
func Main() int {
	closeInherited()
	goruntime.GOMAXPROCS(1)
	debug.SetGCPercent(gcPercent)
	debug.SetMaxStack(maxStack)
	time.Local = time.UTC
	letGoOfProgram()
	debug.FreeOSMemory() // what the program's packages left behind while they were set up: a third of an idle worker
	c, err := openConn()
	if err == nil {
		err = serve(c)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "hook worker:", err)
		return 1
	}
	return 0
}

// user is the one that the server has chosen for this worker: the argument behind the command.
func user() int {
	if len(os.Args) > 2 {
		if n, err := strconv.Atoi(os.Args[2]); err == nil && n > 0 {
			return n
		}
	}
	return sandbox.UserOf(0)
}

// serve answers frames until the stream ends.
func serve(c *conn) error {
	w := newWorker(c)
	idle, err := sandbox.DataSize(0)
	if err != nil {
		return err
	}
	w.idle = idle
	stops := make(chan os.Signal, 1)
	signal.Notify(stops, syscall.SIGUSR1)
	go func() {
		for range stops {
			w.stop()
		}
	}()
	return w.serve(sandbox.Enter(user()))
}
