package connectors

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How long a watcher waits for a burst of changes to end, and how long at most: an editor writes a file in several
// steps, a deployment many files.
const (
	settleAfter = 150 * time.Millisecond
	settleBy    = 2 * time.Second
)

// Watch reloads folders on disk as they change, until ctx is done; then it returns nil. Only changed folders are loaded
// again. report is told of changes that could not be followed; the set goes on with what it has. An error says that
// watching cannot begin.
func (s *Set) Watch(ctx context.Context, report func(error)) error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer notify.Close()
	w := &watcher{set: s, notify: notify, report: report, dirty: map[int]map[string]bool{}}
	for i, source := range s.config.Sources {
		if source.dir != "" {
			w.roots = append(w.roots, root{source: i, dir: source.dir})
		}
	}
	for _, r := range w.roots {
		if err := w.follow(r.dir); err != nil {
			return err
		}
	}
	w.run(ctx)
	return nil
}

// root is a source on disk.
type root struct {
	source int
	dir    string
}

type watcher struct {
	set    *Set
	notify *fsnotify.Watcher
	roots  []root
	report func(error)
	dirty  map[int]map[string]bool // by source: names of folders, "." for the source itself
}

func (w *watcher) run(ctx context.Context) {
	var settled <-chan time.Time
	var deadline time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-w.notify.Events:
			if !w.note(e) {
				continue
			}
			now := time.Now()
			if settled == nil {
				deadline = now.Add(settleBy)
			}
			settled = time.After(min(settleAfter, deadline.Sub(now)))
		case err := <-w.notify.Errors:
			w.report(err)
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				w.noteAll()
				settled = time.After(settleAfter)
			}
		case <-settled:
			settled = nil
			w.reload(ctx)
		}
	}
}

// note marks the folder that an event belongs to.
func (w *watcher) note(e fsnotify.Event) bool {
	if e.Op == fsnotify.Chmod {
		return false
	}
	if e.Op.Has(fsnotify.Create) {
		if info, err := os.Stat(e.Name); err == nil && info.IsDir() {
			w.reportAny(w.follow(e.Name))
		}
	}
	found := false
	for _, r := range w.roots {
		below, err := filepath.Rel(r.dir, e.Name)
		if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
			continue
		}
		name, _, inFolder := strings.Cut(filepath.ToSlash(below), "/")
		w.mark(r.source, name)
		if !inFolder {
			w.mark(r.source, ".")
		}
		found = true
	}
	return found
}

func (w *watcher) mark(source int, name string) {
	if w.dirty[source] == nil {
		w.dirty[source] = map[string]bool{}
	}
	w.dirty[source][name] = true
}

func (w *watcher) noteAll() {
	for _, r := range w.roots {
		w.dirty[r.source] = nil
	}
}

func (w *watcher) reload(ctx context.Context) {
	for _, r := range w.roots {
		names, ok := w.dirty[r.source]
		if !ok {
			continue
		}
		var list []string
		if names != nil {
			list = w.changed(r, slices.Collect(maps.Keys(names)))
		}
		if err := w.set.Reload(ctx, r.source, list); err != nil && ctx.Err() == nil {
			w.report(err)
		}
	}
	clear(w.dirty)
}

// changed are the folders to load again. A hidden name at the top, as a Kubernetes volume swaps one, stands for all.
func (w *watcher) changed(r root, names []string) []string {
	if slices.ContainsFunc(names, func(n string) bool { return n != "." && strings.HasPrefix(n, ".") }) {
		return nil
	}
	return append(names, ".")
}

func (w *watcher) reportAny(err error) {
	if err != nil {
		w.report(err)
	}
}

// follow watches a folder and all folders in it.
func (w *watcher) follow(dir string) error {
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // gone already: its parent tells
		case err != nil:
			return err
		case !e.IsDir():
			return nil
		case name != dir && strings.HasPrefix(e.Name(), "."):
			return filepath.SkipDir
		}
		return w.notify.Add(name)
	})
}
