package connectors

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func named(name string) string {
	return fmt.Sprintf("name: %s\nauth: {type: client-credentials}\n", name)
}

func TestKeyLoadedTwice(t *testing.T) {
	first := FromFS("first", mapFS(map[string]string{"a/spec.yml": named("First")}))
	second := FromFS("second", mapFS(map[string]string{"a/spec.yml": named("Second"), "b/spec.yml": "key: a\n" + named("Third"), "c/spec.yml": named("C")}))
	tests := []struct {
		override []string
		want     string
	}{
		{nil, `first/a: First
second/a: none
second/a/spec.yml:1:1: error: the key "a" is loaded already, from first/a (--override a lets this one count)
second/b: none
second/b/spec.yml:1:6: error: the key "a" is loaded already, from first/a (--override a lets this one count)
second/c: C
`},
		{[]string{"a"}, "first/a: none\nsecond/a: none\nsecond/b: Third\nsecond/c: C\n"},
	}
	for _, test := range tests {
		folders, err := Load(t.Context(), []Source{first, second}, test.override)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range folders {
			name := "none"
			if f.Connector != nil {
				name = f.Connector.Name
			}
			got += f.Path + ": " + name + "\n" + lines(f.Located())
		}
		if got != test.want {
			t.Errorf("override %v: got\n%s\nwant\n%s", test.override, got, test.want)
		}
	}
}

func TestSourceThatIsNotThere(t *testing.T) {
	_, err := Load(t.Context(), []Source{Dir(filepath.Join(t.TempDir(), "nothing"))}, nil)
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(canceled, []Source{Bundled()}, nil); err == nil {
		t.Error("loaded for a caller who is gone")
	}
}

func TestFolderAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-connector")
	write(t, dir, map[string]string{"spec.yml": smallestSpec})
	for _, name := range []string{dir, dir + "/."} {
		if f := loadOne(t, name); f.Connector == nil || f.Connector.Key != "my-connector" || f.Connector.Name != "my-connector" {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestWhatIsAConnectorFolder(t *testing.T) {
	tests := []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"auth/spec.yml": smallestSpec, "b/spec.yml": smallestSpec}, "[x/auth x/b]"},
		{map[string]string{"auth/test.js": "", "lib/a.js": ""}, "[x]"},
		{map[string]string{"spec.yaml": smallestSpec}, "[x]"},
		{map[string]string{"a/spec.yml": smallestSpec, "docs/a.md": "", "b/auth/test.js": "", "c.md": "", ".d/spec.yml": ""}, "[x/a x/b]"},
		{map[string]string{}, "[]"},
	}
	for _, test := range tests {
		folders, err := Load(t.Context(), []Source{FromFS("x", mapFS(test.files))}, nil)
		if err != nil {
			t.Fatal(err)
		}
		paths := []string{}
		for _, f := range folders {
			paths = append(paths, f.Path)
		}
		if fmt.Sprint(paths) != test.want {
			t.Errorf("%v: %v, want %s", test.files, paths, test.want)
		}
	}
}

// clock is a clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func TestSetReload(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/spec.yml": named("A1"), "b/spec.yml": named("B1"), "bad/spec.yml": "nmae: x\n"})
	c := &clock{at: time.Now()}
	var changes []Change
	set, err := NewSet(t.Context(), SetConfig{Sources: []Source{Bundled(), Dir(dir)}, Now: c.now, OnChange: func(c Change) { changes = append(changes, c) }})
	if err != nil {
		t.Fatal(err)
	}
	first, _ := set.Get("a")
	reload := func(names ...string) {
		t.Helper()
		if err := set.Reload(t.Context(), 1, names); err != nil {
			t.Fatal(err)
		}
	}
	reload("a")
	if again, _ := set.Get("a"); again != first || len(changes) != 0 {
		t.Error("the same content is another connector, or a change")
	}

	write(t, dir, map[string]string{"a/spec.yml": named("A2"), "b/spec.yml": named("B2"), "c/spec.yml": named("C1")})
	reload("a")
	second, _ := set.Get("a")
	if b, _ := set.Get("b"); second.Name != "A2" || b.Name != "B1" {
		t.Error("not exactly the changed folder was loaded again")
	}
	if _, ok := set.Get("c"); !ok || len(changes) != 1 || len(changes[0].Replaced) != 2 {
		t.Errorf("a new folder was not found: %+v", changes)
	}
	if old, ok := set.Version("a", first.Version); !ok || old != first {
		t.Error("the replaced version is gone")
	}
	if newest, ok := set.Version("a", second.Version); !ok || newest != second {
		t.Error("the newest version is not found by its version")
	}

	write(t, dir, map[string]string{"a/spec.yml": "nmae: x\n"})
	reload("a")
	if still, ok := set.Get("a"); !ok || still != second {
		t.Error("a folder that became bad does not serve its last good version")
	}
	if f := set.Folders(); !slices.ContainsFunc(f, func(f Folder) bool {
		return f.Path == filepath.ToSlash(dir)+"/a" && f.Connector == nil && f.Findings.HasErrors()
	}) {
		t.Error("the findings of the bad folder are not listed")
	}

	if err := os.RemoveAll(filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	reload("a")
	if _, ok := set.Get("a"); ok {
		t.Error("a removed folder is still there")
	}
	if removed := changes[len(changes)-1].Removed; len(removed) != 1 || removed[0] != second {
		t.Errorf("removed: %v", removed)
	}
	c.move(Retention - time.Second)
	if _, ok := set.Version("a", second.Version); !ok {
		t.Error("a version was forgotten too early")
	}
	c.move(2 * time.Second)
	if _, ok := set.Version("a", second.Version); ok {
		t.Error("a version is kept for ever")
	}
	if all := set.All(); len(all) < 2 || !slices.IsSortedFunc(all, func(a, b *Connector) int { return strings.Compare(a.Key, b.Key) }) {
		t.Errorf("all: %d", len(all))
	}
}

// watched runs a set over dir, and lets a test wait for what it looks like.
type watched struct {
	t       *testing.T
	set     *Set
	changes chan Change
}

func watch(t *testing.T, sources ...Source) *watched {
	t.Helper()
	w := &watched{t: t, changes: make(chan Change, 100)}
	var err error
	if w.set, err = NewSet(t.Context(), SetConfig{Sources: sources, OnChange: func(c Change) { w.changes <- c }}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.set.Watch(ctx, func(err error) { t.Error(err) }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w
}

// until waits until the set looks right, asked again after each change.
func (w *watched) until(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-w.changes:
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			w.t.Fatal("not seen: " + what)
		}
	}
}

func (w *watched) name(key string) string {
	c, ok := w.set.Get(key)
	if !ok {
		return ""
	}
	return c.Name
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/spec.yml": named("A1"), "b/spec.yml": named("B1")})
	w := watch(t, Dir(dir))
	write(t, dir, map[string]string{"a/spec.yml": named("A2")})
	w.until("a changed file", func() bool { return w.name("a") == "A2" })

	write(t, dir, map[string]string{"new/spec.yml": named("New"), "new/auth/test.js": "exports.test = () => true"})
	w.until("a new folder", func() bool { return w.name("new") == "New" })
	c, _ := w.set.Get("new")
	write(t, dir, map[string]string{"new/auth/test.js": "exports.test = () => false"})
	w.until("a changed file in a folder that is new", func() bool {
		again, _ := w.set.Get("new")
		return again.Version != c.Version && again.Auth.Has(Test)
	})

	temporary := filepath.Join(dir, "a", "spec.yml~")
	write(t, dir, map[string]string{"a/spec.yml~": named("A3")})
	if err := os.Rename(temporary, filepath.Join(dir, "a", "spec.yml")); err != nil {
		t.Fatal(err)
	}
	w.until("a file put in place of another", func() bool { return w.name("a") == "A3" })

	if err := os.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	w.until("a moved folder", func() bool { return w.name("b") == "" && w.name("moved") == "B1" })
	write(t, dir, map[string]string{"moved/spec.yml": named("B2")})
	w.until("a change in a moved folder", func() bool { return w.name("moved") == "B2" })
}

func TestWatchOneFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "one")
	write(t, dir, map[string]string{"spec.yml": named("One")})
	w := watch(t, Dir(dir))
	write(t, dir, map[string]string{"auth/make-api-client.map.yml": "baseUri: https://api.example.com"})
	w.until("a file in a folder that is new", func() bool {
		c, _ := w.set.Get("one")
		return c.Auth.Has(MakeAPIClient)
	})
}

// A directory behind a link is replaced by turning the link, which gives no event.
func TestWatchTurnedLink(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"v1/a/spec.yml": named("A1"), "v2/a/spec.yml": named("A2")})
	link := filepath.Join(dir, "current")
	if err := os.Symlink("v1", link); err != nil {
		t.Fatal(err)
	}
	w := watch(t, Dir(link))
	if w.name("a") != "A1" {
		t.Fatal(w.name("a"))
	}
	if err := os.Symlink("v2", link+"~"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+"~", link); err != nil {
		t.Fatal(err)
	}
	w.until("the other directory", func() bool { return w.name("a") == "A2" })
	write(t, dir, map[string]string{"v2/a/spec.yml": named("A3")})
	w.until("a change in the other directory", func() bool { return w.name("a") == "A3" })
}

// Readers never wait and never see half a reload.
func TestSetConcurrently(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/spec.yml": named("A0")})
	set, err := NewSet(t.Context(), SetConfig{Sources: []Source{Dir(dir)}})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 2_000 {
				c, ok := set.Get("a")
				if !ok {
					t.Error("gone")
					return
				}
				if _, ok := set.Version("a", c.Version); !ok {
					t.Error("a version that was just read is not found")
				}
				set.All()
			}
		})
	}
	for i := range 20 {
		write(t, dir, map[string]string{"a/spec.yml~": named(fmt.Sprint("A", i))})
		if err := os.Rename(filepath.Join(dir, "a/spec.yml~"), filepath.Join(dir, "a/spec.yml")); err != nil {
			t.Fatal(err)
		}
		if err := set.Reload(t.Context(), 0, nil); err != nil {
			t.Fatal(err)
		}
	}
	wait.Wait()
}
