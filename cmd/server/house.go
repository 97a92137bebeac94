package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"claviger/connectors"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/httpapi"
	"claviger/runtime/seal"
)

// house is everything that a running server is made of.
type house struct {
	handler http.Handler
	engine  *runtime.Engine
	log     *slog.Logger
	demo    *demo
	sandbox string   // what hook workers are confined by
	ends    []func() // in the order of opening
}

func (h *house) close() {
	for i := len(h.ends) - 1; i >= 0; i-- {
		h.ends[i]()
	}
}

func (h *house) atEnd(f func()) { h.ends = append(h.ends, f) }

// assemble builds the server from bottom to top. On an error what was opened is closed.
func (s *serveCommand) assemble(w *world) (built *house, err error) {
	h := &house{log: newLog(w, s.LogLevel)}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if s.Demo {
		if err := h.startDemo(s); err != nil {
			return nil, err
		}
	}
	c := runtime.Config{
		PublicURL: s.publicURL(), Dev: s.Dev, Log: h.log, HookLimits: s.limits(), LocalStore: s.embedded(),
		OfflineGrace: s.Grace, JournalGrace: s.Journal, TokenTimeout: s.Timeout,
	}
	if c.Guard, err = egress.NewGuard(s.EgressAllow); err != nil {
		return nil, err
	}
	f, err := h.foundation(w.ctx, s, &c)
	if err != nil {
		return nil, err
	}
	f.admin, err = s.bootstrapKey(h.log)
	if err != nil {
		return nil, err
	}
	pool := s.pool(0, h.log)
	h.atEnd(pool.Close)
	c.Hooks = pool
	if err := h.confine(w.ctx, pool, s.HookSandbox == "require"); err != nil {
		return nil, err
	}
	if f.set, err = s.load(w.ctx, h); err != nil {
		return nil, err
	}
	c.Connectors = f.set
	return h, h.run(w.ctx, s, f, c)
}

// foundation is what the engine stands on and the house needs besides.
type foundation struct {
	ring    *seal.Ring
	journal *nodeJournal
	admin   string // the bootstrap key
	set     *connectors.Set
}

// foundation takes the data folder for this process and opens what is in it, or what it is the key to.
func (h *house) foundation(ctx context.Context, s *serveCommand, c *runtime.Config) (*foundation, error) {
	node, err := takeNode(s.Data)
	if err != nil {
		return nil, err
	}
	h.atEnd(node.leave)
	f := &foundation{}
	if c.Store, f.ring, err = s.open(ctx); err != nil {
		return nil, err
	}
	h.atEnd(func() { h.complain("closing the store", c.Store.Close()) })
	if f.journal, err = h.openJournal(s.Data, f.ring); err != nil {
		return nil, err
	}
	c.Node, c.Keys, c.Journal, c.JournalKeys = node.id, f.ring.Keys, f.journal, f.journal.Keys
	return f, nil
}

// run starts the engine, its loops, and what answers requests.
func (h *house) run(ctx context.Context, s *serveCommand, f *foundation, c runtime.Config) (err error) {
	metrics := httpapi.NewMetrics()
	c.Observer = metrics
	if h.engine, err = runtime.New(c); err != nil {
		return err
	}
	h.atEnd(h.engine.Close)
	if h.demo != nil {
		h.demo.engine = h.engine
	}
	keys, err := runtime.NewKeyRing(h.engine, f.admin)
	if err != nil {
		return err
	}
	metrics.WatchDue(h.engine.DueNow)
	metrics.WatchJournal(f.journal.Live)
	h.background(func(ctx context.Context) {
		h.complain("watching connectors", f.set.Watch(ctx, func(err error) { h.complain("reloading connectors", err) }))
	})
	h.background(func(ctx context.Context) { f.ring.Watch(ctx, h.log) })
	for _, loop := range []func(context.Context){
		h.engine.Deliver, h.engine.Beat, h.engine.Follow, h.engine.Sweep, h.engine.RenewDue, h.engine.Reseal,
	} {
		h.background(loop)
	}
	h.handler = httpapi.New(httpapi.Config{
		Engine: h.engine, Keys: keys, Catalogue: f.set, Metrics: metrics, Log: h.log, PublicURL: s.publicURL(), Version: version(),
		Checks: s.checks(f.set, h), TrustedProxies: s.trusted(),
	})
	return h.engine.ReviewHosts(ctx)
}

// background runs f until the house closes, and waits for it then.
func (h *house) background(f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	h.atEnd(func() { cancel(); <-done })
}

func (h *house) complain(what string, err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		h.log.Error(what, "error", err)
	}
}

func newLog(w *world, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w.stderr, &slog.HandlerOptions{Level: l}))
}
