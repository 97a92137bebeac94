package seal

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	watchTick   = time.Second      // how often it is looked whether the source has changed
	reviewEvery = 15 * time.Second // how often keys that are known already are admitted again: one of them may have been dropped
	seekLimit   = 15 * time.Second // how long what opens a record waits for the source and the admission
)

// Guard has admit decide, from now on, over the keys that the source brings. Without it a reload is refused.
func (r *Ring) Guard(admit Admit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.admit = admit
}

// Reload reads the source now. On an error the ring is as it was.
func (r *Ring) Reload(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reload(ctx)
}

func (r *Ring) reload(ctx context.Context) error {
	if r.source == nil || r.admit == nil {
		return fmt.Errorf("this key ring is not read again")
	}
	found, err := read(ctx, r.source)
	if err != nil {
		return err
	}
	candidate := newRing(found.set, nil)
	if err := r.admit(ctx, candidate); err != nil {
		return fmt.Errorf("keyset %s: %w", r.source, err)
	}
	r.keys.Store(candidate.keys.Load())
	return nil
}

// seek tells whether the ring has a key by now that it had not before: another has brought it, or the source does. Whoever
// asks meanwhile waits for the answer.
func (r *Ring) seek(key keyID) bool {
	if r.source == nil || r.source.pause() == 0 {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := func() bool { _, ok := r.keys.Load().keys[key]; return ok }
	if known() || r.admit == nil || time.Since(r.sought) < r.source.pause() {
		return known()
	}
	ctx, cancel := context.WithTimeout(context.Background(), seekLimit)
	defer cancel()
	err := r.reload(ctx)
	r.sought = time.Now()
	return err == nil && known()
}

// review admits the keys that the ring has. What admits gets a ring without a source: it may open something with it.
func (r *Ring) review(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.admit == nil {
		return nil
	}
	candidate := newRing(r.keys.Load(), nil)
	if err := r.admit(ctx, candidate); err != nil {
		return err
	}
	r.keys.Store(candidate.keys.Load())
	return nil
}

// Watch follows the source until ctx ends: a file is read again within about a second of its change, what a command prints
// every few minutes. What cannot be read or is refused leaves the ring as it is, is logged once, and tried again. log also
// learns which keys the ring has whenever that changes.
func (r *Ring) Watch(ctx context.Context, log *slog.Logger) {
	w := watch{r: r, log: log, reviewed: time.Now()}
	w.ids, w.active = r.Keys()
	tick := time.NewTicker(watchTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.look(ctx)
		}
	}
}

// watch is what Watch has told already.
type watch struct {
	r        *Ring
	log      *slog.Logger
	reviewed time.Time
	failed   bool
	said     string
	ids      []string
	active   string
}

func (w *watch) look(ctx context.Context) {
	var err error
	switch {
	case w.r.source != nil && w.r.source.due(w.failed):
		err = w.r.Reload(ctx)
		w.failed = err != nil
		w.complain(ctx, err)
	case time.Since(w.reviewed) > reviewEvery:
		w.reviewed = time.Now()
		if err := w.r.review(ctx); err != nil && !w.failed {
			w.complain(ctx, err)
		}
	}
	if ids, active := w.r.Keys(); active != w.active || !slices.Equal(ids, w.ids) {
		w.log.Info("encryption keys", "active", active, "known", ids)
		w.ids, w.active = ids, active
	}
}

// complain says an error once, for as long as it stays the same.
func (w *watch) complain(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		w.said = ""
		return
	}
	if err.Error() != w.said {
		w.said = err.Error()
		w.log.Error("the keyset is not taken over; this server goes on with the keys that it has", "error", err)
	}
}
