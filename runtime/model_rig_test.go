package runtime_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"claviger/jsbridge"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/journal"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

// model is an engine on a real store that fails on command, beside a provider, with what is known of each connection.
type model struct {
	*rig
	store    *failingStore
	provider *fakeprovider.Provider
	wire     *modelWire
	engine   *runtime.Engine
	stop     func() // the engine's deliveries
	journal  *journal.Journal
	dir      string // of the journal and the keyset
	ring     *seal.Ring
	all      []*modelled
	old      []*runtime.Engine // that crashed

	tries     int // how many attempts are made whose outcome is unknown
	disturbed int // how often a renewal can have been cut off
}

// modelled is one connection.
type modelled struct {
	id    string
	grant int
	seen  time.Time // expiry of the newest token that a reader got

	troubled bool // the store went while something may have been under way; until a reader got the newest token
}

func newModel(t *testing.T, pool *jsbridge.Pool, f files, tries int) *model {
	m := &model{dir: t.TempDir(), tries: tries}
	var err error
	m.ring, err = seal.Open(filepath.Join(m.dir, "keyset.json"), func() (bool, error) { return false, nil })
	if err != nil {
		t.Fatal(err)
	}
	m.ring.Guard(func(context.Context, *seal.Ring) error { return nil })
	records, err := sqlite.Open(t.Context(), filepath.Join(m.dir, "claviger.db"), m.ring)
	if err != nil {
		t.Fatal(err)
	}
	m.store = &failingStore{weakStore: &weakStore{Store: records}}
	m.provider = fakeprovider.New(fakeprovider.Options{
		AutoApprove: true, Lifetime: time.Hour, Now: m.store.now,
		Clients: []fakeprovider.Client{{ID: "client", Secret: "client-secret-0123456789"}},
	})
	m.wire = &modelWire{provider: m.provider, came: map[time.Time]bool{}, unanswered: map[int]int{}}
	m.wire.life.Store(&life{})
	guard, failed := egress.NewGuard([]string{"127.0.0.1"}, egress.Clock(m.store.now))
	m.rig = &rig{T: t, Store: m.store.weakStore, Provider: m.provider, Base: fakeprovider.Serve(t, m.wire), files: fstest.MapFS{}}
	m.ok(failed)
	m.write("app", f)
	m.config = runtime.Config{
		Connectors: loaded(t, m.files), Hooks: pool, Guard: guard, PublicURL: "https://claviger.test", Node: "node",
		CircuitPause: time.Millisecond,
	}
	m.start()
	m.integrate("app")
	for range 2 {
		id := m.rig.connect()
		token, _ := m.wire.token(m.credentials(id).Credentials.Text("access_token"))
		m.all = append(m.all, &modelled{id: id, grant: token.grant})
	}
	return m
}

// start starts an engine, as a new process does: with a hold of its own on the store and on the journal, which ends with it.
func (m *model) start() {
	var err error
	m.journal, err = journal.Open(filepath.Join(m.dir, "journal"), m.ring)
	m.ok(err)
	m.config.Store, m.config.Journal = &lifeline{failingStore: m.store}, kept{m.journal}
	m.engine, err = runtime.New(m.config)
	m.ok(err)
	m.Engine = m.engine
	ctx, cancel := context.WithCancel(context.Background())
	m.stop = cancel
	go m.engine.Deliver(ctx)
	go m.engine.Reseal(ctx)
}

// kill ends the engine without notice: nothing that it does from here on reaches the store or the journal.
func (m *model) kill() {
	m.stop()
	m.ok(m.journal.Close()) // what its slots hold stays, whatever the dead engine makes of a store that is cut off
	m.config.Store.(*lifeline).cut.Store(true)
	m.wire.life.Store(&life{})
	m.disturbed++
	m.old = append(m.old, m.engine)
}

// kept is a journal as the engine wants it.
type kept struct{ *journal.Journal }

func (k kept) Reserve() (runtime.Slot, error) {
	s, err := k.Journal.Reserve()
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (k kept) Left() []runtime.Slot {
	var list []runtime.Slot
	for _, s := range k.Journal.Left() {
		list = append(list, s)
	}
	return list
}

// newest is the newest token that the provider has issued to a connection, and whether it came.
func (m *model) newest(c *modelled) issued { return m.wire.newest(c.grant) }

func (m *model) end() {
	m.provider.Close()
	for _, e := range append(m.old, m.engine) {
		e.Close()
	}
	m.stop()
	_ = errors.Join(m.journal.Close(), m.store.Close())
}

// failingStore is a store that fails on command.
type failingStore struct {
	*weakStore
	fail           atomic.Bool
	failAfterLease atomic.Bool // it fails from the next lease on
}

var errStoreAway = errors.New("the store is away")

// lifeline is a process's hold on the store.
type lifeline struct {
	*failingStore
	cut atomic.Bool
}

func (l *lifeline) away() error {
	switch {
	case l.cut.Load():
		return runtime.ErrNotFound // for good: nobody waits for it
	case l.fail.Load():
		return errStoreAway
	}
	return nil
}

func (l *lifeline) Connection(ctx context.Context, id string) (*runtime.Connection, error) {
	if err := l.away(); err != nil {
		return nil, err
	}
	return l.failingStore.Connection(ctx, id)
}

func (l *lifeline) PutConnection(ctx context.Context, c *runtime.Connection, events ...runtime.Event) error {
	if err := l.away(); err != nil {
		return err
	}
	return l.failingStore.PutConnection(ctx, c, events...)
}

func (l *lifeline) TakeLease(ctx context.Context, c *runtime.Connection, owner string, life time.Duration) error {
	if err := l.away(); err != nil {
		return err
	}
	err := l.failingStore.TakeLease(ctx, c, owner, life)
	if err == nil && l.failAfterLease.CompareAndSwap(true, false) {
		l.fail.Store(true)
	}
	return err
}

func (l *lifeline) ExtendLease(ctx context.Context, id, owner string, fence int64, life time.Duration) error {
	if err := l.away(); err != nil {
		return err
	}
	return l.failingStore.ExtendLease(ctx, id, owner, fence, life)
}
