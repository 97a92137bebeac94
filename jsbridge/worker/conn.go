package worker

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
func (c *conn) wait(deadline time.Time, stopped func() bool) (bool, error) {
	if err := c.in.SetReadDeadline(deadline); err != nil {
		return false, err
	}
	if stopped() {
		return false, nil
	}
	_, err := c.reader.Peek(1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, c.in.SetReadDeadline(time.Time{})
	}
	if err != nil {
		return false, err
	}
	return true, c.in.SetReadDeadline(time.Time{})
}

// wake ends a wait that is under way.
func (c *conn) wake() {
	// A failure leaves the wait until the parent kills this process, which it does in any case.
	_ = c.in.SetReadDeadline(time.Now())
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
