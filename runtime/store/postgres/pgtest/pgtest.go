// Package pgtest runs a real PostgreSQL for tests, from the programs that Debian's package postgresql brings; a system's own
// server is left alone.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	func TestStore(t *testing.T) {
//		db := pgtest.Shared(t).Create(t)
//		s, err := postgres.Open(t.Context(), db.URL, keys)
//
// The shared server starts when the first test asks for it and ends with the test binary, even with one that is killed. Its
// databases are each a test's own.
package pgtest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"claviger/runtime/secret"
)

var shared struct {
	sync.Mutex
	server *Server
}

// Main runs a binary's tests and ends the shared server behind them.
func Main(m *testing.M) int {
	defer func() {
		if shared.server != nil {
			shared.server.remove()
		}
	}()
	return m.Run()
}

// Shared is the server that all tests of a binary share. It loses what it has not yet on the disk when the machine dies,
// and is the faster for it. The binary's TestMain must call Main.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil {
		shared.server = initialize(t, "-c", "fsync=off")
		shared.server.begin(t)
	}
	return shared.server
}

// Own is a server of the test's own, which it may stop, with further arguments of postgres (man postgres).
func Own(t testing.TB, args ...string) *Server {
	t.Helper()
	return OwnIn(t, nil, args...)
}

// OwnIn is Own with further variables in the server's environment.
func OwnIn(t testing.TB, env []string, args ...string) *Server {
	t.Helper()
	s := initialize(t, args...)
	s.env = env
	t.Cleanup(s.remove)
	s.begin(t)
	return s
}

// Database is one database of a server.
type Database struct {
	*Server
	Name string
	URL  secret.Text // with the password, by TCP

	journal string // the file of the server's journal in which it begins
}

var databases atomic.Int32

// Create makes an empty database.
func (s *Server) Create(t testing.TB) *Database {
	t.Helper()
	d := &Database{Server: s, Name: fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))}
	d.journal = s.journalFile(t)
	s.psql(t, "postgres", "CREATE DATABASE "+d.Name)
	d.URL = secret.New(s.url(d.Name).String())
	return d
}

func (s *Server) url(database string) *url.URL {
	return &url.URL{Scheme: "postgres", User: url.UserPassword(userName, Password), Host: fmt.Sprintf("127.0.0.1:%d", s.port), Path: "/" + database}
}

// SocketURL is the URL by the server's unix socket.
func (d *Database) SocketURL() secret.Text {
	u := d.url(d.Name)
	u.Host, u.RawQuery = "", url.Values{"host": {d.dir}, "port": {fmt.Sprint(d.port)}}.Encode()
	return secret.New(u.String())
}

// Exec runs statements as another program would, and fails the test where they fail.
func (d *Database) Exec(t testing.TB, statements string) string {
	t.Helper()
	return d.psql(t, d.Name, statements)
}

func (s *Server) psql(t testing.TB, database, statements string) string {
	t.Helper()
	out, err := s.run(database, statements)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// run runs statements by psql; a row of the result is a line, its columns are parted by |.
func (s *Server) run(database, statements string) (string, error) {
	u := s.url(database)
	u.User = url.User(userName)
	cmd := exec.Command(filepath.Join(s.bin, "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
		"--set", "ON_ERROR_STOP=1", "--command", statements, u.String())
	cmd.Env = append(os.Environ(), "PGPASSWORD="+Password)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", statements, err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// Written is everything of the database's tables that is on the disk, what the server's journal has got since the database
// was made, and the server's log.
func (d *Database) Written(t testing.TB) []byte {
	t.Helper()
	d.Exec(t, "CHECKPOINT")
	files := strings.Fields(d.Exec(t, `SELECT pg_relation_filepath(oid) FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'i', 't')`))
	last := d.journalFile(t)
	for _, name := range strings.Fields(d.Exec(t, "SELECT name FROM pg_ls_waldir()")) {
		if d.journal <= name && name <= last { // those behind are old ones that wait for their use
			files = append(files, filepath.Join("pg_wal", name))
		}
	}
	all := []byte(d.Log())
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(d.data, name))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// journalFile is the file of the journal that is being written.
func (s *Server) journalFile(t testing.TB) string {
	t.Helper()
	return s.psql(t, "postgres", "SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
}
