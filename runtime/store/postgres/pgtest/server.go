package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The server's only user, who may do everything. The password is told to nobody else, and to be looked for in what is
// written.
const (
	userName = "claviger"
	Password = "pgtest-p@ss/word:%41"
)

// Server is one PostgreSQL server in a temporary folder, on a free port of loopback and a unix socket in the folder.
type Server struct {
	bin  string // folder of the programs
	dir  string
	data string
	port int
	args []string
	env  []string            // further variables of its environment
	as   *syscall.Credential // nil: who runs the tests

	mu      sync.Mutex
	process *os.Process // nil: it does not run
	ended   chan struct{}
}

// missing is what to do where there is no PostgreSQL. A test that needs one does not pass without.
const missing = "the tests need the programs of PostgreSQL (initdb, postgres, psql): install Debian's package postgresql"

// programs is the folder of PostgreSQL's programs, the newest version's.
func programs() (string, error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		folders = append([]string{string(bytes.TrimSpace(out))}, folders...)
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		folders = append([]string{filepath.Dir(path)}, folders...)
	}
	for i := len(folders) - 1; i >= 0; i-- {
		if hasAll(folders[i], "initdb", "postgres", "psql") {
			return folders[i], nil
		}
	}
	return "", errors.New(missing)
}

func hasAll(dir string, names ...string) bool {
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

// unprivileged is whom the server runs as: PostgreSQL refuses root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
}

// initialize makes a server's folder.
func initialize(t testing.TB, args ...string) *Server {
	t.Helper()
	s := &Server{args: args}
	var err error
	if s.bin, err = programs(); err != nil {
		t.Fatal(err)
	}
	if s.as, err = unprivileged(); err != nil {
		t.Fatal(err)
	}
	if err := s.makeFolder(); err != nil {
		s.remove()
		t.Fatal(err)
	}
	return s
}

func (s *Server) makeFolder() (err error) {
	if s.dir, err = os.MkdirTemp("", "pgtest-"); err != nil { // short: the path of a socket has an end
		return err
	}
	s.data = filepath.Join(s.dir, "data")
	password := filepath.Join(s.dir, "password")
	if err := os.WriteFile(password, []byte(Password), 0o600); err != nil {
		return err
	}
	if s.as != nil {
		if err := errors.Join(os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)), os.Chown(password, int(s.as.Uid), int(s.as.Gid))); err != nil {
			return err
		}
	}
	cmd := s.command("initdb", "--pgdata", s.data, "--username", userName, "--pwfile", password, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--wal-segsize", "1", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Start starts the server again and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.startAndWait(); err != nil {
		t.Fatal(err)
	}
}

// begin starts the server on a free port, on another one should somebody have been quicker to take it.
func (s *Server) begin(t testing.TB) {
	t.Helper()
	var err error
	for range 3 {
		if s.port, err = freePort(); err == nil {
			err = s.startAndWait()
		}
		if err == nil {
			return
		}
	}
	t.Fatal(err)
}

func (s *Server) startAndWait() error {
	if err := s.start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, err := s.run("postgres", "SELECT 1")
		if s.hasEnded() || err != nil && time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not start: %v\n%s", err, s.Log())
		}
		if err == nil {
			return nil
		}
	}
}

func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.command("postgres", append([]string{"-D", s.data, "-p", strconv.Itoa(s.port), "-k", s.dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "wal_keep_size=64MB"}, s.args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if len(s.env) > 0 {
		cmd.Env = append(os.Environ(), s.env...)
	}
	endWithUs(cmd.SysProcAttr)
	s.ended = make(chan struct{})
	started := make(chan error)
	go func(ended chan struct{}) {
		runtime.LockOSThread() // the signal at our death comes when this thread ends
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		s.process = cmd.Process
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}(s.ended)
	return <-started
}

func (s *Server) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

func (s *Server) logFile() string { return filepath.Join(s.dir, "log") }

// Log is what the server has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(s.logFile())
	return string(text)
}

// Stop ends the server as an operator does: sessions end, what they have stored is there at the next start.
func (s *Server) Stop() { s.signal(syscall.SIGINT) }

// Crash ends the server at once; at the next start it puts itself in order.
func (s *Server) Crash() { s.signal(syscall.SIGQUIT) }

func (s *Server) signal(signal syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	_ = s.process.Signal(signal)
	select {
	case <-s.ended:
	case <-time.After(20 * time.Second):
		_ = s.process.Kill()
		<-s.ended
	}
	s.process = nil
}

// remove ends the server and removes its folder.
func (s *Server) remove() {
	s.Crash()
	_ = os.RemoveAll(s.dir)
}
