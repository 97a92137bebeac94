package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// admits is an Admit as a database is: it wants the keys that it has seen and that were not dropped.
type admits struct {
	mu      sync.Mutex
	seen    []string
	dropped []string
	asked   int
}

func (a *admits) admit(_ context.Context, candidate *Ring) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	ids, _ := candidate.Keys()
	for _, id := range a.seen {
		if !slices.Contains(ids, id) && !slices.Contains(a.dropped, id) {
			return fmt.Errorf("key %s is missing", id)
		}
	}
	a.seen = append(a.seen, ids...)
	return candidate.Drop(a.dropped)
}

// guarded is a ring of a fresh keyset file.
func guarded(t *testing.T) (ring *Ring, path string, a *admits) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keyset.json")
	ring, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	a = &admits{seen: []string{ring.Active()}}
	ring.Guard(a.admit)
	return ring, path, a
}

func edit(t *testing.T, path string, change func(*Keyset) *Keyset) {
	t.Helper()
	if err := Edit(path, func(k *Keyset) (*Keyset, error) { return change(k), nil }); err != nil {
		t.Fatal(err)
	}
}

func TestKeysComeAndGo(t *testing.T) {
	ring, path, a := guarded(t)
	first := ring.Active()
	early, _ := ring.Seal("id", "field", []byte("plain"))
	reload := func() {
		t.Helper()
		if err := ring.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	edit(t, path, (*Keyset).WithNew)
	reload()
	ids, active := ring.Keys()
	if len(ids) != 2 || active != first || ids[0] != first {
		t.Fatal(ids, active)
	}
	edit(t, path, (*Keyset).Activated)
	reload()
	if ring.Active() != ids[1] {
		t.Fatal(ring.Active())
	}
	late, _ := ring.Seal("id", "field", []byte("plain"))
	under, _ := ring.SealUnder(first, "id", "field", []byte("plain"))
	for _, sealed := range [][]byte{early, late, under} {
		if plain, err := ring.Open("id", "field", sealed); err != nil || string(plain) != "plain" {
			t.Fatal(err)
		}
	}
	if err := ring.Drop([]string{ids[1]}); err == nil {
		t.Fatal("the active key was dropped")
	}
	edit(t, path, func(k *Keyset) *Keyset { return k.Without(ids[:1]) })
	if err := ring.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatal("a key was lost:", err)
	}
	if _, err := ring.Open("id", "field", early); err != nil {
		t.Fatal(err)
	}
	a.dropped = ids[:1]
	reload()
	if _, err := ring.Open("id", "field", early); !errors.Is(err, ErrUnknownKey) {
		t.Fatal(err)
	}
}

func TestUnknownKeyHasTheSourceReadOnce(t *testing.T) {
	ring, path, a := guarded(t)
	edit(t, path, func(k *Keyset) *Keyset { return k.WithNew().Activated() })
	other, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := other.Seal("id", "field", []byte("plain"))
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if plain, err := ring.Open("id", "field", sealed); err != nil || string(plain) != "plain" {
				t.Error(err)
			}
		})
	}
	group.Wait()
	strange, _ := Generate().Seal("id", "field", []byte("plain"))
	for range 100 {
		if _, err := ring.Open("id", "field", strange); !errors.Is(err, ErrUnknownKey) {
			t.Fatal(err)
		}
	}
	if a.asked != 1 {
		t.Fatalf("read %d times", a.asked)
	}
}

// What admits may open something with the ring, which must not have the source read again then: it is being read.
func TestAdmissionOpensWithTheRing(t *testing.T) {
	ring, path, a := guarded(t)
	strange, _ := Generate().Seal("id", "field", nil)
	ring.Guard(func(ctx context.Context, candidate *Ring) error {
		if _, err := candidate.Open("id", "field", strange); err != nil {
			return err
		}
		return a.admit(ctx, candidate)
	})
	edit(t, path, (*Keyset).WithNew)
	for _, f := range []func(context.Context) error{ring.review, ring.Reload} {
		if err := f(t.Context()); !errors.Is(err, ErrUnknownKey) {
			t.Fatal(err)
		}
	}
	ring.Guard(a.admit)
	ids, _ := ring.Keys()
	a.seen = nil
	edit(t, path, (*Keyset).Activated)
	if err := ring.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.dropped = ids
	if err := ring.review(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, _ := ring.Keys(); len(left) != 1 || left[0] == ids[0] {
		t.Fatal(left)
	}
}

// Sealing and opening beside keys that come and go: what is sealed always opens.
func TestRingIsUsedWhileItChanges(t *testing.T) {
	ring, path, _ := guarded(t)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for ctx.Err() == nil {
				sealed, err := ring.Seal("id", "field", []byte("plain"))
				if err == nil {
					_, err = ring.Open("id", "field", sealed)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20 {
		edit(t, path, (*Keyset).WithNew)
		edit(t, path, (*Keyset).Activated)
		if err := ring.Reload(ctx); err != nil {
			t.Error(err)
		}
	}
	cancel()
	group.Wait()
}

func TestWatchSaysOnceWhatIsWrong(t *testing.T) {
	ring, path, _ := guarded(t)
	first := ring.Active()
	good, _ := os.ReadFile(path)
	log := &locked{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { ring.Watch(ctx, slog.New(slog.NewTextHandler(log, nil))); close(done) }()
	await := func(what string) {
		t.Helper()
		for end := time.Now().Add(5 * time.Second); !strings.Contains(log.String(), what); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s is not in %s", what, log)
			}
		}
	}
	os.WriteFile(path, []byte("{"), 0o600)
	await("is damaged")
	another, _ := New().Text()
	os.WriteFile(path, another, 0o600)
	await("key " + first + " is missing")
	os.WriteFile(path, good, 0o600)
	time.Sleep(2500 * time.Millisecond)
	edit(t, path, (*Keyset).WithNew)
	await("encryption keys")
	cancel()
	<-done
	if n := strings.Count(log.String(), "is not taken over"); n != 2 || ring.Active() != first {
		t.Fatalf("%d complaints: %s", n, log)
	}
	if strings.Contains(log.String(), `"key"`) {
		t.Fatal(log)
	}
}

type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestSources(t *testing.T) {
	k := New()
	text, _ := k.Text()
	t.Setenv("KEYS", string(text))
	path := filepath.Join(t.TempDir(), "keys it's")
	os.WriteFile(path, text, 0o600)
	for _, name := range []string{"env:KEYS", "exec:printenv KEYS", "exec:cat 2>/dev/null < \"" + path + "\" | cat; exit 0", path} {
		ring, err := Open(name, func() (bool, error) { return false, errors.New("asked") })
		if err != nil || ring.Active() != k.Active() {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, want := range map[string]string{
		"env:NONE":    "keyset env:NONE: the environment variable is not set; `claviger rotate` with the same --keyset prints a new one",
		"exec:true":   "the command printed nothing",
		"exec:exit 3": "the command failed: exit status 3",
		"exec:echo out of \"my key\"; echo 'access denied\nfor you' >&2; exit 1": "exit status 1; it said: access denied for you",
		"exec:head -c 70000 /dev/zero":                                           "more than 65536 bytes",
		"exec:echo '{\"version\":1,\"keys\":[{\"hush\":1}]}'":                    "damaged",
		"exec:head -c 3000 /dev/zero | tr '\\0' x >&2; false":                    "it said: " + strings.Repeat("x", 1024),
	} {
		_, err := Open(name, unused)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "my key") || len(err.Error()) > 1300 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open("env:NONE", func() (bool, error) { return true, nil }); err == nil || !strings.Contains(err.Error(), "the database holds records") {
		t.Error(err)
	}
	for _, name := range []string{"env:", "exec:", "exec: "} {
		if CheckName(name) == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestCommandThatHangsIsEnded(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := Read(ctx, "exec:echo half >&2; sleep 60 & sleep 60")
	if err == nil || !strings.Contains(err.Error(), "did not end within 10s; it said: half") || time.Since(began) > 3*time.Second {
		t.Fatalf("%v after %s", err, time.Since(began))
	}
}

func TestEditReplacesTheFileAsAWhole(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "keyset.json"), filepath.Join(t.TempDir(), "link.json")
	if _, err := Create(path); err != nil {
		t.Fatal(err)
	}
	os.Symlink(path, link)
	os.Chmod(path, 0o400)
	left := filepath.Join(dir, ".keyset-1")
	os.WriteFile(left, nil, 0o600)
	old := time.Now().Add(-time.Hour)
	os.Chtimes(left, old, old)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := Edit(link, func(k *Keyset) (*Keyset, error) { return k.WithNew(), nil }); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if _, err := Read(t.Context(), path); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k, err := Read(t.Context(), link)
	if err != nil || len(k.Keys()) != 9 {
		t.Fatalf("%v, %v", k.Keys(), err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Fatalf("%v", files)
	}
	before, _ := os.ReadFile(path)
	refusal := errors.New("no")
	if err := Edit(path, func(*Keyset) (*Keyset, error) { return nil, refusal }); !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, before) {
		t.Fatal("changed")
	}
	if err := Edit(filepath.Join(dir, "none"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

func TestStepsOfARotation(t *testing.T) {
	k := New()
	first := k.Active()
	if k.Next() != "" || len(k.Old()) != 0 {
		t.Fatal(k.Next(), k.Old())
	}
	k = k.WithNew()
	next := k.Next()
	if k.Active() != first || next == "" || len(k.Old()) != 0 {
		t.Fatal(k.Active(), next)
	}
	k = k.WithNew().Activated() // one was forgotten
	if k.Next() != "" || !slices.Equal(k.Old(), []string{first, next}) {
		t.Fatal(k.Next(), k.Old())
	}
	if k = k.Without(k.Old()); len(k.Keys()) != 1 || k.Activated().Active() != k.Active() {
		t.Fatal(k.Keys())
	}
}
