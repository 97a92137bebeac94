package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"claviger/connectors"
	"claviger/mapping/finding"
	"claviger/runtime"
	"claviger/runtime/egress"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/httpapi"
)

// serveCommand runs the server.
type serveCommand struct {
	Listen      string        `default:"127.0.0.1:8080" help:"Address to listen on." placeholder:"HOST:PORT"`
	PublicURL   string        `name:"public-url" help:"Address under which browsers reach this server. [http://<listen>]" placeholder:"URL"`
	Connectors  []string      `help:"A connector folder or a folder of folders, watched; repeatable. [the bundled catalogue]" placeholder:"DIR"`
	Override    []string      `help:"A connector key that a later --connectors may replace; repeatable." placeholder:"KEY"`
	EgressAllow []string      `help:"Open an address that the guard against private networks refuses; repeatable." placeholder:"CIDR|HOST"`
	Dev         bool          `help:"Accept the hosts that a reloaded connector asks for without asking."`
	Demo        bool          `help:"Add a built-in provider on loopback and an integration of it."`
	Timeout     time.Duration `name:"token-timeout" default:"30s" help:"How long a provider may take to answer a request for a token."`
	Journal     time.Duration `name:"journal-grace" default:"60s" help:"How long nobody renews what another node was renewing when it fell silent: it may come back with the answer in its journal."`
	Grace       time.Duration `name:"offline-grace" default:"5m" help:"How long valid tokens and known keys are served from memory while the database is away."`
	LogLevel    string        `default:"info" enum:"debug,info,warn,error" help:"What is logged: debug, info, warn or error."`
	storage
	hookLimits
}

// Validate refuses flags that could not be honoured. Both embedded parts have a say, so neither method is promoted.
func (s *serveCommand) Validate() error {
	var times error
	for name, d := range map[string]time.Duration{"--offline-grace": s.Grace, "--journal-grace": s.Journal, "--token-timeout": s.Timeout} {
		if d <= 0 {
			times = errors.Join(times, fmt.Errorf("%s: expected a time longer than none, such as 5m or 1ms", name))
		}
	}
	return errors.Join(s.storage.Validate(), s.hookLimits.Validate(), times)
}

// Run serves until the process is told to end; what is under way is finished first.
func (s serveCommand) Run(w *world) error {
	listener, err := net.Listen("tcp", s.Listen) // before all else: nothing is made where nothing can be served
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", s.Listen, err)
	}
	defer listener.Close()
	if s.PublicURL == "" {
		s.PublicURL = "http://" + reachable(s.Listen, listener.Addr())
	}
	collectLater()
	h, err := s.assemble(w)
	if err != nil {
		return err
	}
	defer h.close()
	server := &http.Server{
		Handler: h.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(h.engine.Release)
	h.log.Info("listening", "address", listener.Addr().String(), "publicUrl", s.publicURL())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if h.demo != nil {
		if err := h.demo.introduce(w, s); err != nil {
			return err
		}
	}
	select {
	case err := <-ended:
		return err
	case <-w.ctx.Done():
	}
	h.log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}

// reachable is the address of --listen as this machine's browsers can open it: with the port that it got, and a host.
func reachable(listen string, got net.Addr) string {
	host, _, err := net.SplitHostPort(listen)
	_, port, gotErr := net.SplitHostPort(got.String())
	if err != nil || gotErr != nil {
		return listen
	}
	if host == "" {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func (s *serveCommand) publicURL() string { return strings.TrimSuffix(s.PublicURL, "/") }

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
	guard, err := egress.NewGuard(s.EgressAllow)
	if err != nil {
		return nil, err
	}
	node, err := takeNode(s.Data)
	if err != nil {
		return nil, err
	}
	h.atEnd(node.leave)
	store, ring, err := s.open(w.ctx)
	if err != nil {
		return nil, err
	}
	h.atEnd(func() { h.complain("closing the store", store.Close()) })
	kept, err := h.openJournal(s.Data, ring)
	if err != nil {
		return nil, err
	}
	bootstrap, err := s.bootstrapKey(h.log)
	if err != nil {
		return nil, err
	}
	pool := s.pool(0, h.log)
	h.atEnd(pool.Close)
	if err := h.confine(w.ctx, pool, s.HookSandbox == "require"); err != nil {
		return nil, err
	}
	set, err := s.load(w.ctx, h)
	if err != nil {
		return nil, err
	}
	metrics := httpapi.NewMetrics()
	h.engine, err = runtime.New(runtime.Config{
		Store: store, Connectors: set, Hooks: pool, Guard: guard, PublicURL: s.publicURL(), Dev: s.Dev, Log: h.log,
		Observer: metrics, HookLimits: s.limits(), Node: node.id, Keys: ring.Keys, OfflineGrace: s.Grace,
		Journal: kept, JournalKeys: kept.Keys, LocalStore: s.embedded(), JournalGrace: s.Journal, TokenTimeout: s.Timeout,
	})
	if err != nil {
		return nil, err
	}
	h.atEnd(h.engine.Close)
	if h.demo != nil {
		h.demo.engine = h.engine
	}
	keys, err := runtime.NewKeyRing(h.engine, bootstrap)
	if err != nil {
		return nil, err
	}
	h.background(func(ctx context.Context) {
		h.complain("watching connectors", set.Watch(ctx, func(err error) { h.complain("reloading connectors", err) }))
	})
	metrics.WatchDue(h.engine.DueNow)
	metrics.WatchJournal(kept.Live)
	h.background(h.engine.Deliver)
	h.background(func(ctx context.Context) { ring.Watch(ctx, h.log) })
	h.background(h.engine.Beat)
	h.background(h.engine.Follow)
	h.background(h.engine.Sweep)
	h.background(h.engine.RenewDue)
	h.background(h.engine.Reseal)
	h.handler = httpapi.New(httpapi.Config{
		Engine: h.engine, Keys: keys, Catalogue: set, Metrics: metrics, Log: h.log, PublicURL: s.publicURL(), Version: version(),
		Checks: s.checks(set, h),
	})
	return h, h.engine.ReviewHosts(w.ctx)
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

// bootstrapKey is the admin key of the environment, or the one in <data>/admin.key, which is made at the first start.
func (s *serveCommand) bootstrapKey(log *slog.Logger) (string, error) {
	if key := strings.TrimSpace(os.Getenv("CLAVIGER_API_KEY")); key != "" { // no flag: command lines are public on a machine
		if len(key) < shortKey {
			log.Warn("the key in CLAVIGER_API_KEY is short enough to be guessed", "characters", len(key), "expected", shortKey)
		}
		return key, nil
	}
	path := filepath.Join(s.Data, "admin.key")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := runtime.NewKeyText()
		if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("cannot write the admin key: %w", err)
		}
		log.Info("made an admin key", "path", path)
		return key, nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the admin key: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if len(key) < shortKey {
		return "", fmt.Errorf("%s holds no key of at least %d characters; delete the file to have a new one made", path, shortKey)
	}
	return key, nil
}

// shortKey is the length below which an admin key could be guessed.
const shortKey = 20

// checks are what /readyz looks at besides the store.
func (s *serveCommand) checks(set *connectors.Set, h *house) []httpapi.Check {
	return []httpapi.Check{
		{Name: "data", Run: func(context.Context) (string, error) { return "ok", writable(s.Data) }},
		{Name: "connectors", Run: func(context.Context) (string, error) {
			if len(set.All()) == 0 {
				return "", errors.New("no connector is loaded; GET /v1/connectors lists the findings")
			}
			return "ok", nil
		}},
		{Name: "hookSandbox", Run: func(context.Context) (string, error) { return h.sandbox, nil }},
	}
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".ready-*")
	if err != nil {
		return errors.New("the data folder cannot be written")
	}
	_, err = f.WriteString("ok")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// load loads the connectors. Findings are logged; a folder with mistakes stops nothing.
func (s *serveCommand) load(ctx context.Context, h *house) (*connectors.Set, error) {
	sources := []connectors.Source{}
	for _, dir := range s.Connectors {
		sources = append(sources, connectors.Dir(filepath.Clean(dir)))
	}
	if len(sources) == 0 {
		sources = append(sources, connectors.Bundled())
	}
	if s.Demo {
		sources = append(sources, connectors.FromFS("demo", fakeprovider.DemoConnector()))
	}
	set, err := connectors.NewSet(ctx, connectors.SetConfig{Sources: sources, Override: s.Override, OnChange: h.reloaded})
	if err != nil {
		return nil, err
	}
	h.report(set.Folders())
	h.log.Info("connectors loaded", "count", len(set.All()))
	return set, nil
}

// report logs the findings of folders.
func (h *house) report(folders []connectors.Folder) {
	for _, f := range folders {
		for _, found := range f.Located() {
			level := slog.LevelWarn
			if found.Severity == finding.Note {
				level = slog.LevelDebug
			}
			h.log.Log(context.Background(), level, "connector", "finding", found.String())
		}
	}
}

// reloaded is told of every change of the folders that are watched.
func (h *house) reloaded(c connectors.Change) {
	h.report(c.Folders)
	for _, loaded := range c.Replaced {
		h.log.Info("connector loaded", "connector", loaded.Key, "version", loaded.Version)
	}
	for _, gone := range c.Removed {
		h.log.Info("connector gone", "connector", gone.Key)
	}
	if h.engine != nil {
		h.complain("comparing hosts", h.engine.ReviewHosts(context.Background()))
	}
}
