package runtime_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
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
	troubled bool              // the store went while something may have been under way; until a reader got the newest token
	old      []*runtime.Engine // that crashed

	disturbed int // how often a renewal can have been cut off
}

// modelled is one connection.
type modelled struct {
	id    string
	grant int
	seen  time.Time // expiry of the newest token that a reader got
}

func newModel(t *testing.T, pool *jsbridge.Pool) *model {
	m := &model{dir: t.TempDir()}
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
	m.write("app", oauth(nil))
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

// modelWire notes which answers of the token endpoint reached the engine that lives.
type modelWire struct {
	provider *fakeprovider.Provider
	life     atomic.Pointer[life] // of the engine that lives: what one gets after its end has not come

	mu   sync.Mutex
	came map[time.Time]bool // by the expiry of the access token

	unanswered map[int]int // by grant: see silent
}

// life counts what is under way of one engine.
type life struct{ busy atomic.Int64 }

// issued is an access token: its grant, its expiry, by which a grant's tokens are ordered, and whether it came.
type issued struct {
	grant     int
	expires   time.Time
	delivered bool
}

func (w *modelWire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	l, copied, grant := w.life.Load(), &copying{ResponseWriter: out}, w.renews(r)
	l.busy.Add(1)
	defer l.busy.Add(-1)
	w.unheard(grant)
	whole := false
	defer func() { w.note(grant, copied.body.Bytes(), whole && !copied.taken && l == w.life.Load()) }()
	w.provider.ServeHTTP(copied, r) // a fault that cuts the answer off panics, or takes the connection
	whole = true
}

// note notes what came of a request.
func (w *modelWire) note(grant int, body []byte, came bool) {
	var answer struct {
		Access string `json:"access_token"`
	}
	_ = json.Unmarshal(body, &answer)
	_, expires, token := w.provider.Issued(answer.Access)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case came && token:
		w.came[expires] = true
		w.unanswered[grant] = 0
	case came:
		w.unanswered[grant]--
	}
}

// renews is the grant that a request presents a refresh token of, 0 if it presents none.
func (w *modelWire) renews(r *http.Request) int {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	grant, _, _ := w.provider.Issued(form.Get("refresh_token"))
	return grant
}

// silent is how many renewals of a grant have got no answer since the newest token that came.
func (w *modelWire) silent(grant int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unanswered[grant]
}

// unheard notes a renewal that has no answer yet, or whose outcome cannot be stored.
func (w *modelWire) unheard(grant int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unanswered[grant]++
}

// token looks a token up that somebody was handed.
func (w *modelWire) token(access string) (issued, bool) {
	grant, expires, ok := w.provider.Issued(access)
	return issued{grant, expires, true}, ok
}

// newest is the newest token of a grant.
func (w *modelWire) newest(grant int) issued {
	tokens := w.of(grant)
	return tokens[len(tokens)-1]
}

// lost is how many answers of a grant did not come.
func (w *modelWire) lost(grant int) int {
	n := 0
	for _, t := range w.of(grant) {
		if !t.delivered {
			n++
		}
	}
	return n
}

func (w *modelWire) of(grant int) []issued {
	var tokens []issued
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, g := range w.provider.Ledger() {
		for _, t := range g.Access {
			if g.ID == grant {
				tokens = append(tokens, issued{grant, t.Expires, w.came[t.Expires]})
			}
		}
	}
	return tokens
}

// quiet waits until nothing is under way any more.
func (w *modelWire) quiet() {
	for calm := 0; calm < 10; calm++ {
		if w.life.Load().busy.Load() > 0 {
			calm = 0
		}
		time.Sleep(time.Millisecond)
	}
}

// copying keeps the body that is written.
type copying struct {
	http.ResponseWriter
	body  bytes.Buffer
	taken bool // the connection was hijacked
}

func (c *copying) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c.taken = true
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

func (c *copying) Write(b []byte) (int, error) {
	c.body.Write(b)
	return c.ResponseWriter.Write(b)
}

func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }
