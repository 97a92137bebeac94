package main

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

// rotating is the command beside a server.
func (s *testServer) rotating(args ...string) (cmd *exec.Cmd, told *lockedBuffer) {
	s.t.Helper()
	told = &lockedBuffer{}
	args = append([]string{"rotate", "--data", s.Data}, args...)
	if at := slices.Index(s.args, "--config"); at >= 0 {
		args = append(args, s.args[at:at+2]...)
	}
	cmd = s.program(args...)
	cmd.Stdout, cmd.Stderr = told, told
	return cmd, told
}

func (s *testServer) rotate(args ...string) string {
	s.t.Helper()
	cmd, told := s.rotating(args...)
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("rotate %v: %v\n%s", args, err, told)
	}
	return told.String()
}

// refused is rotate where it must fail.
func (s *testServer) refused(why string, args ...string) {
	s.t.Helper()
	cmd, told := s.rotating(args...)
	if err := cmd.Run(); err == nil || !strings.Contains(told.String(), why) {
		s.t.Fatalf("rotate %v: %v, want %s\n%s", args, err, why, told)
	}
}

func (s *testServer) keyset() string { return filepath.Join(s.Data, "keyset.json") }

func keysOf(t testing.TB, path string) *seal.Keyset {
	t.Helper()
	k, err := seal.Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// load reads connections and renews some until stop is called, which returns how often, and fails the test on every error.
func (s *testServer) load(read, renewed []string) (stop func() (reads, renewals int64)) {
	var over atomic.Bool
	var reads, renewals atomic.Int64
	var group sync.WaitGroup
	run := func(ids []string, count *atomic.Int64, method, path string) {
		for n := 0; !over.Load(); n++ {
			a := s.API(method, "/v1/connections/"+ids[n%len(ids)]+path, nil)
			if a.Status != http.StatusOK {
				s.t.Errorf("%s %s: %d %s", method, path, a.Status, a.Body)
				return
			}
			count.Add(1)
			time.Sleep(10 * time.Millisecond) // each renewal makes secrets, for all of which the test searches in the end
		}
	}
	group.Go(func() { run(read, &reads, http.MethodGet, "/credentials") })
	group.Go(func() { run(renewed, &renewals, http.MethodPost, "/refresh") })
	return func() (int64, int64) {
		over.Store(true)
		group.Wait()
		return reads.Load(), renewals.Load()
	}
}

func (c *scene) connections(n int) (ids []string) {
	for range n {
		ids = append(ids, c.connectWith(newBrowser(c.t), map[string]any{"integration": "app"}))
	}
	return ids
}

// wantNoKey searches the database for what a key has sealed, past what the server could read.
func wantNoKey(t testing.TB, data, key string) {
	t.Helper()
	path := filepath.Join(data, "claviger.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	id, _ := hex.DecodeString(key)
	files, _ := filepath.Glob(path + "*")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil || bytes.Contains(text, id) {
			t.Errorf("%s holds what the old key sealed (%v)", file, err)
		}
	}
}

// A rotation under load: reads and renewals go on without an error, and in the end the old key is of no use.
func TestRotationOnline(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	ids := c.connections(12)
	before, old := readFile(t, c.keyset()), keysOf(t, c.keyset()).Active()
	stop := c.load(ids, ids)
	told := c.rotate()
	next := keysOf(t, c.keyset()).Active()
	wantIn(t, told, "made a new key", "the new key seals records now", "every record is sealed with key "+next)
	if k := keysOf(t, c.keyset()); next == old || fmt.Sprint(k.Old()) != "["+old+"]" {
		t.Errorf("active %s, old %v", k.Active(), k.Old())
	}
	wantIn(t, c.rotate("--status"), old+"  old     0", next+"  active  13", "Sealing anew is done")
	wantIn(t, c.rotate(), "every record is sealed") // again: there is nothing to do
	wantIn(t, c.rotate("--finish"), "dropped key "+old)
	reads, renewals := stop()
	if reads < 10 || renewals < 10 {
		t.Errorf("%d reads, %d renewals", reads, renewals)
	}
	t.Logf("%d reads, %d renewals beside", reads, renewals)
	if k := keysOf(t, c.keyset()); fmt.Sprint(k.Keys()) != "["+next+"]" {
		t.Errorf("%v", k.Keys())
	}
	info, err := os.Stat(c.keyset())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for _, id := range ids {
		c.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
	}
	c.Stop()
	wantNoKey(t, c.Data, old)
	after := readFile(t, c.keyset())
	writeFile(t, c.keyset(), before)
	cmd := c.program("serve", "--listen", "127.0.0.1:0", "--data", c.Data)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "this is an old keyset of this database") {
		t.Errorf("with the old keyset: %v %s", err, out)
	}
	writeFile(t, c.keyset(), after)
	c.Start()
	for _, id := range ids {
		c.token(id)
	}
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// writeFile replaces a file as a whole.
func writeFile(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(path+".new", text, 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// The command and the server are killed again and again while the one rotates and the other serves; each time they go on,
// and nothing is lost.
func TestRotationKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	ids := c.connections(6)
	first := keysOf(t, c.keyset()).Active()
	for _, args := range [][]string{{}, {"--finish"}} {
		for n := 0; ; n++ {
			cmd, told := c.rotating(args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			life := time.NewTimer(time.Duration(20+n*n*12) * time.Millisecond)
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("%v\n%s", err, told)
				}
			case <-life.C:
				_ = cmd.Process.Kill()
				<-ended
				if n%3 == 2 {
					c.Kill()
					c.Start()
				}
				c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+ids[n%len(ids)]+"/refresh", nil)
				continue
			}
			t.Logf("%v: killed %d times", args, n)
			break
		}
	}
	if k := keysOf(t, c.keyset()); len(k.Keys()) != 1 || k.Active() == first {
		t.Errorf("%v", k.Keys())
	}
	for _, id := range ids {
		c.token(id)
	}
	c.Stop()
	wantNoKey(t, c.Data, first)
}

// Each step waits for the server, which is asleep, and goes on when the command is run again.
func TestRotationWaitsForNodes(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	id := c.connections(1)[0]
	old := keysOf(t, c.keyset()).Active()
	pid := c.cmd.Process
	_ = pid.Signal(syscall.SIGSTOP)
	c.refused("waited for", "--wait", "500ms")
	k := keysOf(t, c.keyset())
	if k.Active() != old || k.Next() == "" {
		t.Fatalf("active %s, next %s", k.Active(), k.Next())
	}
	c.refused("does not seal records yet", "--finish")
	_ = pid.Signal(syscall.SIGCONT)
	c.rotate("--no-wait")
	if now := keysOf(t, c.keyset()); now.Active() != k.Next() {
		t.Fatalf("active %s", now.Active())
	}
	eventually(t, 10*time.Second, "the server seals by itself", func() bool {
		return strings.Contains(c.rotate("--status"), old+"  old     0")
	})
	eventually(t, 10*time.Second, "it says so", func() bool { return strings.Contains(c.Log(), "records are sealed anew") })
	if a := c.APIAs("", http.MethodGet, "/metrics", nil); !strings.Contains(a.Body, "claviger_records_to_reseal 0") {
		t.Error("no gauge")
	}
	c.beside(func(s runtime.Store) error { // as if a finish had been killed before it wrote the file
		return errors.Join(s.RetireKeys(t.Context(), []string{old}), s.DropKeys(t.Context(), []string{old}))
	})
	c.Kill()
	c.Start()
	c.token(id)
	c.rotate("--finish")
	if now := keysOf(t, c.keyset()); fmt.Sprint(now.Keys()) != "["+k.Next()+"]" {
		t.Fatalf("%v", now.Keys())
	}
	c.token(id)
}

// beside opens the records of a server beside it.
func (s *testServer) beside(f func(runtime.Store) error) {
	s.t.Helper()
	ring, err := seal.Load(s.keyset())
	if err != nil {
		s.t.Fatal(err)
	}
	store, err := sqlite.Open(s.t.Context(), filepath.Join(s.Data, "claviger.db"), ring)
	if err == nil {
		err = errors.Join(f(store), store.Close())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// A node that sleeps, whose journal still counts, or that seals with the old key, keeps the old key.
func TestOldKeyStaysForANodeThatNeedsIt(t *testing.T) {
	t.Parallel()
	s := &testServer{t: t, Data: t.TempDir()}
	if out, err := s.program("keys", "create", "--data", s.Data, "--scope", "use").CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	s.rotate()
	k := keysOf(t, s.keyset())
	beat := func(n runtime.Node) {
		n.ID, n.Keys = "other", k.Keys()
		s.beside(func(store runtime.Store) error { return store.Beat(t.Context(), n) })
	}
	beat(runtime.Node{Active: k.Active(), Sealed: k.Old()})
	s.refused("not within 300ms: that all nodes have nothing in their journals that is sealed with key "+k.Old()[0]+" (waited for other)", "--finish", "--wait", "300ms")
	beat(runtime.Node{Active: k.Old()[0]})
	s.refused("node other does not seal with key "+k.Active()+" yet", "--finish")
	beat(runtime.Node{Active: k.Active(), Sealed: []string{k.Active()}})
	s.refused("not within 300ms: that all nodes forget key "+k.Old()[0]+" (waited for other)", "--finish", "--wait", "300ms")
	s.rotate("--status")
}

// A keyset that is damaged, gone, readable by others or another one changes nothing for a server that runs.
func TestKeysetDamagedUnderAServer(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	id := c.connections(1)[0]
	good := readFile(t, c.keyset())
	another, err := seal.New().Text()
	if err != nil {
		t.Fatal(err)
	}
	said := func(what string) int { return strings.Count(c.Log(), what) }
	for what, spoil := range map[string]func(){
		"is damaged, put it back":            func() { writeFile(t, c.keyset(), good[:len(good)/2]) },
		"other users can reach it":           func() { _ = os.Chmod(c.keyset(), 0o644); writeTouched(t, c.keyset()) },
		"no such file":                       func() { _ = os.Remove(c.keyset()) },
		"this is not the keyset of this dat": func() { writeFile(t, c.keyset(), another) },
	} {
		spoil()
		eventually(t, 10*time.Second, what, func() bool { return said(what) == 1 })
		time.Sleep(1500 * time.Millisecond) // it is looked at again meanwhile
		if n := said(what); n != 1 {
			t.Errorf("%s: said %d times", what, n)
		}
		c.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil)
		c.token(id)
		if r := c.APIAs("", http.MethodGet, "/readyz", nil); r.Status != http.StatusOK {
			t.Errorf("%s: readyz %d", what, r.Status)
		}
		writeFile(t, c.keyset(), good)
		time.Sleep(1500 * time.Millisecond)
	}
	c.rotate()
	c.rotate("--finish")
	c.token(id)
}

func writeTouched(t testing.TB, path string) {
	t.Helper()
	at := time.Now().Add(time.Second)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// A record that cannot be opened is named, stays as it is, and keeps the old key until it is gone.
func TestRotationWithADamagedRecord(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	ids := c.connections(3)
	c.Stop()
	db, err := sql.Open("sqlite", filepath.Join(c.Data, "claviger.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`UPDATE connections SET token = (SELECT token FROM connections WHERE id = ?) WHERE id = ?`, ids[0], ids[1])
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	old := keysOf(t, c.keyset()).Active()
	for _, running := range []bool{false, true} {
		if running {
			c.Start()
		}
		c.refused("cannot be opened: connection/"+ids[1], "--wait", "20s")
		c.refused("connection/"+ids[1], "--finish")
		wantIn(t, c.rotate("--status"), old+"  old     1", "cannot be opened: connection/"+ids[1])
	}
	c.token(ids[0])
	c.Want(http.StatusOK, http.MethodDelete, "/v1/connections/"+ids[1], nil)
	c.rotate("--finish")
	c.token(ids[2])
}

// With a keyset in the environment the command prints what is to be stored, and alone that on its standard output.
func TestRotationInTheEnvironment(t *testing.T) {
	t.Parallel()
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	id := c.connections(1)[0]
	c.Stop()
	keyset := readFile(t, c.keyset())
	if err := os.Remove(c.keyset()); err != nil {
		t.Fatal(err)
	}
	step := func(wantPrinted bool, args ...string) {
		t.Helper()
		cmd := c.program(append([]string{"rotate", "--data", c.Data, "--keyset", "env:KEYS"}, args...)...)
		cmd.Env = append(cmd.Env, "KEYS="+string(keyset))
		var out, told bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &told
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, &told)
		}
		if printed := json.Valid(out.Bytes()); printed != wantPrinted || strings.Contains(told.String(), `"key"`) {
			t.Fatalf("%v: %s\n%s", args, &out, &told)
		}
		if wantPrinted {
			keyset = bytes.Clone(out.Bytes())
		}
	}
	step(true)
	step(true)
	step(false)
	step(true, "--finish")
	step(false, "--finish")
	writeFile(t, c.keyset(), keyset)
	c.Start()
	c.token(id)
}
