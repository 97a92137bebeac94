//go:build linux

package sandbox_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"claviger/jsbridge/sandbox"
)

// prisoner makes this test binary a process that enters the sandbox and then tries to get out; its arguments are a file
// of its parent's and its parent's number.
const prisoner = "prisoner"

func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == prisoner {
		parent, _ := strconv.Atoi(os.Args[3])
		tryToEscape(os.Args[2], parent)
		return
	}
	if len(os.Args) > 2 && os.Args[1] == standing {
		stand(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

// attempt is what became of one way out: empty where it worked.
type attempt map[string]string

func tryToEscape(file string, parent int) {
	conn, _ := net.Listen("tcp", "127.0.0.1:0")
	report := sandbox.Enter(sandbox.UserOf(7))
	tried := attempt{}
	try := func(name string, f func() error) {
		tried[name] = ""
		if err := f(); err != nil {
			tried[name] = err.Error()
		}
	}
	try("read a file", func() error { _, err := os.ReadFile(file); return err })
	try("write a file", func() error { return os.WriteFile(file, nil, 0o600) })
	try("make a file", func() error { return os.WriteFile("/tmp/claviger-escaped", nil, 0o600) })
	try("list a folder", func() error { _, err := os.ReadDir("/"); return err })
	try("list processes", func() error { _, err := os.ReadDir("/proc"); return err })
	try("read the parent's environment", func() error { _, err := os.ReadFile("/proc/" + strconv.Itoa(parent) + "/environ"); return err })
	try("remove a file", func() error { return os.Remove(file) })
	try("link a file", func() error { return os.Symlink(file, "/tmp/claviger-link") })
	try("start a program", func() error { return exec.Command("/bin/true").Run() })
	try("become another program", func() error { return syscall.Exec("/bin/true", []string{"true"}, nil) })
	try("fork", func() error { return result(syscall.RawSyscall(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0)) })
	try("connect", func() error { _, err := net.Dial("tcp", conn.Addr().String()); return err })
	try("listen", func() error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err })
	try("send a datagram", func() error { _, err := net.Dial("udp", "127.0.0.1:53"); return err })
	try("unix socket", func() error { _, err := net.Listen("unix", "@claviger-escaped"); return err })
	try("signal the parent", func() error { return syscall.Kill(parent, 0) })
	try("signal itself", func() error { return syscall.Kill(os.Getpid(), 0) })
	try("have the parent signalled", func() error {
		return result(syscall.RawSyscall(syscall.SYS_FCNTL, 1, syscall.F_SETOWN, uintptr(parent)))
	})
	try("trace the parent", func() error { return syscall.PtraceAttach(parent) })
	try("become root", func() error { return syscall.Setuid(0) })
	try("change the root", func() error { return syscall.Chroot("/") })
	try("mount", func() error { return syscall.Mount("none", "/tmp", "tmpfs", 0, "") })
	try("more files", func() error {
		return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 1000, Max: 1000})
	})
	try("be traced", func() error { return result(syscall.RawSyscall(syscall.SYS_PRCTL, 4, 1, 0)) })
	try("limit its memory", func() error { return sandbox.LimitData(1 << 30) }) // this one must work
	_ = json.NewEncoder(os.Stdout).Encode(struct {
		Report sandbox.Report
		Tried  attempt
	}{report, tried})
}

func result(_, _ uintptr, failed syscall.Errno) error {
	if failed != 0 {
		return failed
	}
	return nil
}

// Code that runs natively in the sandbox gets nowhere. The machine that runs this has seccomp.
func TestNoWayOut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(os.Args[0], prisoner, file, strconv.Itoa(os.Getpid())).Output()
	if err != nil {
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			t.Logf("%s", ended.Stderr)
		}
		t.Fatal(err)
	}
	var got struct {
		Report sandbox.Report
		Tried  attempt
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	t.Log(got.Report)
	if !got.Report.Syscalls || !got.Report.NoNewPrivs {
		t.Errorf("no seccomp: %s", got.Report)
	}
	if os.Getuid() == 0 && got.Report.User != sandbox.UserOf(7) {
		t.Errorf("still root: %s", got.Report)
	}
	for name, outcome := range got.Tried {
		if works := name == "limit its memory"; (outcome == "") != works {
			t.Errorf("%s: %q", name, outcome)
		}
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// standing makes this test binary a process that waits, protected or not.
const standing = "standing"

func stand(how string) {
	if how == "protected" {
		if err := sandbox.Protect(); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// Others of the same user read nothing of a protected process; of any other they do.
func TestProtect(t *testing.T) {
	ordinary := func(path string, args ...string) *exec.Cmd {
		c := &exec.Cmd{Path: path, Args: append([]string{path}, args...), Env: []string{"CANARY=canary"}, Dir: "/"}
		if os.Getuid() == 0 { // who may read everything
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		return c
	}
	for how, readable := range map[string]bool{"protected": false, "open": true} {
		c := ordinary("/proc/self/exe", standing, how)
		stdin, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil || line != "ready\n" {
			t.Errorf("%s: %q %v", how, line, err)
		}
		out, err := ordinary("/bin/cat", fmt.Sprintf("/proc/%d/environ", c.Process.Pid)).CombinedOutput()
		if (err == nil) != readable || strings.Contains(string(out), "canary") != readable {
			t.Errorf("%s: read %q %v", how, out, err)
		}
		_ = stdin.Close()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
	}
}

func TestReports(t *testing.T) {
	whole := sandbox.Report{User: 65001, NoNewPrivs: true, Syscalls: true, Landlock: 6}
	if !whole.IsComplete() || whole.String() != "a user of its own (65001), no_new_privs, seccomp, Landlock 6" {
		t.Errorf("%v %s", whole.IsComplete(), whole)
	}
	part := sandbox.Report{NoNewPrivs: true, Missing: []string{"Landlock (function not implemented)"}}
	if part.IsComplete() || part.String() != "no_new_privs; missing: Landlock (function not implemented)" {
		t.Errorf("%v %s", part.IsComplete(), part)
	}
	if (sandbox.Report{}).String() != "none" {
		t.Error(sandbox.Report{})
	}
}
