package worker

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"claviger/jsbridge/wire"
)

// conn is the worker's end of the pipes. One goroutine reads and writes; wake may be called from any.
type conn struct {
	in     *os.File
	reader *bufio.Reader
	out    *os.File
	buf    []byte // of the frame being written

	mu      sync.Mutex
	waiting bool // in wait; at no other time is there a deadline
}

// openConn takes over standard input and output.
func openConn() (*conn, error) {
	// A pipe that does not block is read through the runtime's poller, on which deadlines work and one thread is enough.
	if err := syscall.SetNonblock(0, true); err != nil {
		return nil, err
	}
	in := os.NewFile(0, "stdin")
	return &conn{in: in, reader: bufio.NewReaderSize(in, 64<<10), out: os.Stdout}, nil
}

// read waits for the next frame.
func (c *conn) read() (wire.Frame, error) { return wire.Read(c.reader, wire.MaxBody) }

// wait waits until a frame begins to arrive, until the deadline (zero: none) or until wake. It tells whether one does.
// stopped is asked before it waits, so that what has become true before a wake that came too early counts too.
func (c *conn) wait(deadline time.Time, stopped func() bool) (bool, error) {
	if err := c.setWaiting(true, deadline); err != nil {
		return false, err
	}
	var err error
	halted := stopped()
	if !halted {
		_, err = c.reader.Peek(1)
	}
	if reset := c.setWaiting(false, time.Time{}); reset != nil {
		return false, reset
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil && !halted, err
}

func (c *conn) setWaiting(waiting bool, deadline time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = waiting
	return c.in.SetReadDeadline(deadline)
}

// wake ends a wait that is under way. It leaves reading alone, which would fail.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting {
		// A failure leaves the wait until the parent kills this process, which it does in any case.
		_ = c.in.SetReadDeadline(time.Now())
	}
}

// write sends one frame.
func (c *conn) write(kind wire.Kind, head any, body []byte) error {
	buf, err := wire.Append(c.buf[:0], kind, head, body)
	if err != nil {
		return err
	}
	if c.buf = buf; cap(buf) > 1<<20 {
		c.buf = nil
	}
	_, err = c.out.Write(buf)
	return err
}

// closeInherited closes the descriptors beyond the three standard ones that this process was started with. Those that
// the Go runtime has opened for itself are left.
func closeInherited() {
	names, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return
	}
	for _, name := range names {
		fd, err := strconv.Atoi(filepath.Base(name))
		if err != nil || fd < 3 {
			continue
		}
		target, err := os.Readlink(name)
		if err != nil || strings.HasPrefix(target, "anon_inode:") || strings.HasPrefix(target, "/sys/fs/cgroup/") {
			continue
		}
		_ = syscall.Close(fd) // already closed is as good
	}
}
