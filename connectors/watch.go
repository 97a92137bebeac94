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
	lookEvery   = 5 * time.Second
)

// Watch reloads folders on disk as they change, until ctx is done; then it returns nil. Only changed folders are loaded
// again. report is told of changes that could not be followed, after which the set goes on with what it has; nil: nobody
// is. An error says that watching cannot begin.
func (s *Set) Watch(ctx context.Context, report func(error)) error {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer notify.Close()
	if report == nil {
		report = func(error) {}
	}
	w := &watcher{set: s, notify: notify, report: report}
	for i, source := range s.config.Sources {
		if source.dir != "" {
			w.roots = append(w.roots, &root{source: i, dir: source.dir})
		}
	}
	for _, r := range w.roots {
		if err := w.followRoot(r); err != nil {
			return err
		}
	}
	w.run(ctx)
	return nil
}

// root is a source on disk, with what of it is to be loaded again.
type root struct {
	source int
	dir    string
	leads  string      // the directory itself, where dir is a link
	was    os.FileInfo // of it: a link may come to lead to another
	all    bool
	names  map[string]bool // "." for the source itself
}

type watcher struct {
	set    *Set
	notify *fsnotify.Watcher
	roots  []*root
	report func(error)
}

// run begins with a look at everything, for what changed between loading and following.
func (w *watcher) run(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	settled, deadline := time.After(0), time.Now()
	for {
		changed := false
		select {
		case <-ctx.Done():
			return
		case e := <-w.notify.Events:
			changed = w.note(e)
		case err := <-w.notify.Errors:
			w.report(err)
			changed = errors.Is(err, fsnotify.ErrEventOverflow) && w.noteAll()
		case <-look.C:
			changed = w.noteMoved()
		case <-settled:
			settled = nil
			w.reload(ctx)
		}
		if changed {
			if settled == nil {
				deadline = time.Now().Add(settleBy)
			}
			settled = time.After(min(settleAfter, time.Until(deadline)))
		}
	}
}

// note marks the folders that an event belongs to.
func (w *watcher) note(e fsnotify.Event) (changed bool) {
	if e.Op == fsnotify.Chmod {
		return false
	}
	if e.Op.Has(fsnotify.Create) {
		if info, err := os.Stat(e.Name); err == nil && info.IsDir() {
			if err := w.follow(e.Name); err != nil {
				w.report(err)
			}
		}
	}
	for _, r := range w.roots {
		below, err := filepath.Rel(r.leads, e.Name)
		if err != nil || below == ".." || strings.HasPrefix(below, ".."+string(filepath.Separator)) {
			continue
		}
		name, _, _ := strings.Cut(filepath.ToSlash(below), "/")
		r.mark(name)
		changed = true
	}
	return changed
}

// mark notes a name at the top of the source. A hidden one, as a Kubernetes volume swaps it, stands for everything.
func (r *root) mark(name string) {
	if r.names == nil {
		r.names = map[string]bool{".": true}
	}
	r.names[name] = true
	r.all = r.all || name != "." && strings.HasPrefix(name, ".")
}

func (w *watcher) noteAll() bool {
	for _, r := range w.roots {
		r.all = true
	}
	return true
}

// noteMoved finds sources whose directory is another one now, or is there again, which no event tells.
func (w *watcher) noteMoved() (changed bool) {
	for _, r := range w.roots {
		info, err := os.Stat(r.dir)
		if err != nil || r.was != nil && os.SameFile(info, r.was) {
			continue
		}
		if err := w.followRoot(r); err != nil {
			w.report(err)
			continue
		}
		changed = true
	}
	return changed
}

func (w *watcher) followRoot(r *root) error {
	info, err := os.Stat(r.dir)
	if err != nil {
		return err
	}
	if r.leads, err = filepath.EvalSymlinks(r.dir); err != nil {
		return err
	}
	r.was, r.all = info, true
	return w.follow(r.leads)
}

func (w *watcher) reload(ctx context.Context) {
	for _, r := range w.roots {
		var names []string
		if !r.all {
			if names = slices.Collect(maps.Keys(r.names)); names == nil {
				continue
			}
		}
		w.followAgain(r, names)
		r.all, r.names = false, nil
		if err := w.set.Reload(ctx, r.source, names); err != nil && ctx.Err() == nil {
			w.report(err)
		}
	}
}

// followAgain watches what is about to be loaded: a folder that was moved loses its watch, after the event that tells of
// its new name.
func (w *watcher) followAgain(r *root, names []string) {
	if names == nil {
		names = []string{"."}
	}
	for _, name := range names {
		if name == "." && !r.all {
			continue
		}
		if err := w.follow(filepath.Join(r.leads, name)); err != nil {
			w.report(err)
		}
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
