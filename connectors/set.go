package connectors

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Retention is how long a version that was replaced can still be had, for the flows that fixed it when they started.
const Retention = 20 * time.Minute

// SetConfig says what a Set holds. Fields without a word on their zero value are required.
type SetConfig struct {
	Sources  []Source         // in the order in which keys are given; none: nothing is loaded
	Override []string         // keys for which a later source counts
	Now      func() time.Time // a monotonic clock; nil: time.Now
	OnChange func(Change)     // called after each reload that changed something, one call at a time; nil: nobody asks
}

// Change is what a reload changed.
type Change struct {
	Replaced []*Connector // new versions, and connectors that are new
	Removed  []*Connector // their folders are gone
	Folders  []Folder     // the folders that were loaded again, with their findings
}

// Set is the connectors that are loaded: a snapshot that is replaced as a whole, so that readers never wait. Safe for
// concurrent use.
type Set struct {
	config  SetConfig
	current atomic.Pointer[snapshot]

	mu      sync.Mutex // of writers, and of retired
	sources []sourceState
	retired map[string]retired // by key and version
}

// snapshot is what readers see; it is never changed.
type snapshot struct {
	byKey   map[string]*Connector
	folders []Folder
}

// sourceState is what the folders of a source gave when they were last loaded, by name.
type sourceState struct {
	source  Source
	folders map[string]folderState
}

type folderState struct {
	loaded  Folder
	serving *Connector // the last version without errors
}

type retired struct {
	connector *Connector
	until     time.Time
}

// NewSet loads the sources. The error says that one cannot be read; folders with mistakes are no error, see Folders.
func NewSet(ctx context.Context, c SetConfig) (*Set, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Set{config: c, retired: map[string]retired{}}
	for _, source := range c.Sources {
		state := sourceState{source: source, folders: map[string]folderState{}}
		if _, err := state.reload(ctx, nil); err != nil {
			return nil, err
		}
		s.sources = append(s.sources, state)
	}
	s.current.Store(s.assemble())
	return s, nil
}

// Get returns the newest good version of a connector.
func (s *Set) Get(key string) (*Connector, bool) {
	c, ok := s.current.Load().byKey[key]
	return c, ok
}

// Version returns a version of a connector: the newest, or one that was replaced less than Retention ago.
func (s *Set) Version(key, version string) (*Connector, bool) {
	if c, ok := s.Get(key); ok && c.Version == version {
		return c, true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.retired[key+" "+version]
	if !ok || s.config.Now().After(old.until) {
		return nil, false
	}
	return old.connector, true
}

// All returns the newest good version of every connector, by key.
func (s *Set) All() []*Connector {
	byKey := s.current.Load().byKey
	all := make([]*Connector, 0, len(byKey))
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		all = append(all, byKey[key])
	}
	return all
}

// Folders returns what came of every folder when it was last loaded. A folder whose last loading found errors has no
// Connector here; what it held before is still served by Get.
func (s *Set) Folders() []Folder { return slices.Clone(s.current.Load().folders) }

// Reload loads folders again: those of names in the source of that index, nil for all of them, and whatever has come or
// gone. It is what Watch does when files change.
func (s *Set) Reload(ctx context.Context, source int, names []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if names == nil {
		names = slices.Collect(maps.Keys(s.sources[source].folders))
	}
	loaded, err := s.sources[source].reload(ctx, names)
	if err != nil {
		return err
	}
	before := s.current.Load()
	after := s.assemble()
	s.current.Store(after)
	if change := s.retire(before, after, loaded); change != nil && s.config.OnChange != nil {
		s.config.OnChange(*change)
	}
	return nil
}

// retire keeps what was replaced, forgets what has been kept long enough, and tells what changed.
func (s *Set) retire(before, after *snapshot, loaded []Folder) *Change {
	now := s.config.Now()
	maps.DeleteFunc(s.retired, func(_ string, r retired) bool { return now.After(r.until) })
	change := Change{Folders: loaded}
	for key, old := range before.byKey {
		fresh := after.byKey[key]
		if fresh != nil && fresh.Version == old.Version {
			continue
		}
		s.retired[key+" "+old.Version] = retired{old, now.Add(Retention)}
		if fresh == nil {
			change.Removed = append(change.Removed, old)
		}
	}
	for key, fresh := range after.byKey {
		if old := before.byKey[key]; old == nil || old.Version != fresh.Version {
			change.Replaced = append(change.Replaced, fresh)
		}
	}
	if len(change.Replaced)+len(change.Removed)+len(change.Folders) == 0 {
		return nil
	}
	return &change
}

// assemble gives each key to one folder. A folder that became bad goes on with its last good version.
func (s *Set) assemble() *snapshot {
	var folders, serving []Folder
	for _, source := range s.sources {
		for _, name := range slices.Sorted(maps.Keys(source.folders)) {
			state := source.folders[name]
			folders = append(folders, state.loaded)
			state.loaded.Connector = state.serving
			serving = append(serving, state.loaded)
		}
	}
	settleKeys(serving, s.config.Override)
	out := &snapshot{byKey: map[string]*Connector{}, folders: folders}
	for i, f := range serving {
		if f.Connector != nil {
			out.byKey[f.Connector.Key] = f.Connector
			continue
		}
		out.folders[i].Connector, out.folders[i].Findings = nil, f.Findings
	}
	return out
}

// reload loads the named folders and those that are new, and forgets those that are gone. It returns what it loaded
// and found changed.
func (s *sourceState) reload(ctx context.Context, names []string) ([]Folder, error) {
	o, err := s.source.open()
	if err != nil {
		return nil, err
	}
	defer o.close()
	present, err := o.names()
	if err != nil {
		return nil, err
	}
	isPresent, isNamed := setOf(present), setOf(names)
	maps.DeleteFunc(s.folders, func(name string, _ folderState) bool { return !isPresent[name] })
	wanted := slices.DeleteFunc(present, func(name string) bool {
		_, known := s.folders[name]
		return known && !isNamed[name]
	})
	loaded := make([]*Folder, len(wanted))
	if err := inParallel(ctx, len(wanted), func(i int) { loaded[i] = o.folder(wanted[i]) }); err != nil {
		return nil, err
	}
	return s.take(wanted, loaded), nil
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (s *sourceState) take(names []string, loaded []*Folder) []Folder {
	var changed []Folder
	for i, f := range loaded {
		if f == nil {
			delete(s.folders, names[i])
			continue
		}
		state := s.folders[names[i]]
		if f.Connector != nil && state.serving != nil && f.Connector.Version == state.serving.Version {
			f.Connector = state.serving // the same content: the same connector
		}
		if f.Connector != state.loaded.Connector || !slices.Equal(f.Findings, state.loaded.Findings) {
			changed = append(changed, *f)
		}
		state.loaded = *f
		if f.Connector != nil {
			state.serving = f.Connector
		}
		s.folders[names[i]] = state
	}
	return changed
}
