package seal

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	commandLimit = 10 * time.Second // for the whole command
	commandEvery = 2 * time.Minute
	commandPause = 30 * time.Second
	maxComplaint = 1 << 10 // bytes of what a command says on its standard error
)

// commandSource is what a command prints, by the way of a shell: what fetches a key from a KMS is rarely one program.
type commandSource struct {
	command string
	last    atomic.Int64 // when it was last run, in nanoseconds since 1970
}

func (c *commandSource) text(ctx context.Context) ([]byte, error) {
	defer func() { c.last.Store(time.Now().UnixNano()) }()
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", c.command)
	out, told := &bounded{max: maxKeyset}, &bounded{max: maxComplaint}
	cmd.Stdout, cmd.Stderr = out, told
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what the shell runs ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("the command did not end within %s%s", commandLimit, told.complaint())
	case err != nil:
		return nil, fmt.Errorf("the command failed: %w%s", err, told.complaint())
	case out.over:
		return nil, fmt.Errorf("the command printed more than %d bytes", maxKeyset)
	case len(out.kept) == 0:
		return nil, missing("the command printed nothing" + told.complaint())
	}
	return out.kept, nil
}

func (c *commandSource) due(failed bool) bool {
	every := commandEvery
	if failed {
		every = commandPause
	}
	return time.Since(time.Unix(0, c.last.Load())) > every
}

func (c *commandSource) pause() time.Duration { return commandPause }

// String leaves the command out: there may be a secret in it.
func (c *commandSource) String() string { return "exec:…" }

// bounded keeps the first max bytes that are written to it.
type bounded struct {
	kept []byte
	max  int
	over bool
}

// Write takes everything and keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	room := min(len(p), b.max-len(b.kept))
	b.over = b.over || room < len(p)
	b.kept = append(b.kept, p[:room]...)
	return len(p), nil
}

// complaint is the text as the end of an error's one line.
func (b *bounded) complaint() string {
	words := strings.Join(strings.Fields(strings.ToValidUTF8(string(b.kept), "?")), " ")
	if words == "" {
		return ""
	}
	return "; it said: " + words
}
