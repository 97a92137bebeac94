package jsbridge

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"claviger/jsbridge/sandbox"
	"claviger/jsbridge/wire"
)

const (
	command    = "hook-worker"    // the hidden sub-command
	startLimit = 20 * time.Second // for a worker to become ready, on a machine that is very busy
	wordsKept  = 8 << 10          // of what a worker writes to its standard error
	copied     = 64 << 10         // bodies up to this size go out together with their head
)

// process is one worker process and the pipes to it.
type process struct {
	cmd    *exec.Cmd
	pid    int
	out    *os.File // frames to it
	in     *os.File // frames from it
	reader *bufio.Reader
	stderr words
	done   chan struct{} // closed when it is gone

	writing sync.Mutex // one frame at a time
	idle    int64      // bytes of private writable memory when it became ready
	sandbox sandbox.Report

	// Of the pool, under its lock:
	idleSince time.Time
	retired   bool // it has been ended because nobody needed it
}

// startProcess starts a worker, which becomes the user if this process is root's, and waits until it is ready.
func startProcess(s *starter, argv []string, user int) (*process, error) {
	w := &process{done: make(chan struct{})}
	if err := w.spawn(s, argv, user); err != nil {
		return nil, err
	}
	go w.reap()
	late := time.AfterFunc(startLimit, w.kill)
	defer late.Stop()
	err := w.readReady()
	if err == nil {
		err = w.measure()
	}
	if err != nil {
		w.kill()
		w.hangUp()
		<-w.done
		return nil, fmt.Errorf("%w (%s) %s", err, w.state(), w.lastWords())
	}
	return w, nil
}

// readReady waits for the word that the worker is ready. It has read no author source by then, so it is believed.
func (w *process) readReady() error {
	f, err := wire.Read(w.reader, 0)
	switch {
	case err != nil:
		return err
	case f.Kind != wire.Ready:
		return fmt.Errorf("unexpected frame %q", f.Kind)
	}
	return f.Decode(&w.sandbox)
}

// spawn starts the process with nothing but three pipes: no environment, a process group of its own.
func (w *process) spawn(s *starter, argv []string, user int) error {
	childIn, out, err := os.Pipe()
	if err != nil {
		return err
	}
	in, childOut, err := os.Pipe()
	if err != nil {
		return errors.Join(err, childIn.Close(), out.Close())
	}
	w.cmd = workerCommand(argv)
	w.cmd.Args = append(w.cmd.Args, strconv.Itoa(user))
	w.cmd.Env = []string{}
	w.cmd.Dir = "/"
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = childIn, childOut, &w.stderr
	w.cmd.WaitDelay = time.Second
	w.cmd.SysProcAttr = processAttributes()
	err = s.start(w.cmd)
	err = errors.Join(err, childIn.Close(), childOut.Close())
	if err != nil {
		return errors.Join(err, out.Close(), in.Close())
	}
	w.pid, w.out, w.in, w.reader = w.cmd.Process.Pid, out, in, bufio.NewReaderSize(in, 64<<10)
	return nil
}

// reap waits for the process and closes the pipe to it. That from it may hold something that is yet to be read.
func (w *process) reap() {
	_ = w.cmd.Wait() // how it ended is in ProcessState
	_ = w.out.Close()
	close(w.done)
}

// hangUp closes the pipe from the process, once nobody reads it any more.
func (w *process) hangUp() { _ = w.in.Close() }

// kill ends the process group. What the process has written can still be read.
func (w *process) kill() {
	select {
	case <-w.done: // the number may belong to somebody else by now
	default:
		_ = syscall.Kill(-w.pid, syscall.SIGKILL)
	}
}

// interrupt asks the worker where it is and to end its call.
func (w *process) interrupt() {
	select {
	case <-w.done:
	default:
		_ = syscall.Kill(w.pid, syscall.SIGUSR1)
	}
}

// write sends one frame. It blocks while the worker does not read; killing the process ends that.
func (w *process) write(kind wire.Kind, head any, body []byte) error {
	frame, err := wire.Begin(nil, kind, head, len(body))
	if err != nil {
		return err
	}
	if len(body) <= copied { // one system call
		frame, body = append(frame, body...), nil
	}
	w.writing.Lock()
	defer w.writing.Unlock()
	_, err = w.out.Write(frame)
	if err == nil && len(body) > 0 {
		_, err = w.out.Write(body)
	}
	return err
}

// state tells how the process ended. Call it after done.
func (w *process) state() string {
	select {
	case <-w.done:
		return w.cmd.ProcessState.String()
	default:
		return "running"
	}
}

// isGone waits for the process to end, for so long at most.
func (w *process) isGone(patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.done:
		return true
	case <-timer.C:
		return false
	}
}

// wasKilled tells whether a signal that cannot be caught has ended the process. Call it after done.
func (w *process) wasKilled() bool {
	status, ok := w.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// lastWords is the first line that says something of what the process wrote to its standard error.
func (w *process) lastWords() string {
	text := w.stderr.String()
	if i := strings.Index(text, "fatal error: "); i >= 0 {
		text = text[i:]
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// words keeps the beginning of what is written to it; of a crash that is the part that says why.
type words struct {
	mu   sync.Mutex
	text []byte
}

// Write never fails and keeps what fits.
func (k *words) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.text = append(k.text, b[:min(len(b), wordsKept-len(k.text))]...)
	return len(b), nil
}

// String is what was kept.
func (k *words) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return string(k.text)
}
