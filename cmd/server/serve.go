package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"claviger/runtime/httpapi"
)

// serveCommand runs the server.
type serveCommand struct {
	Listen      string        `default:"127.0.0.1:8080" help:"Address to listen on." placeholder:"HOST:PORT"`
	PublicURL   string        `name:"public-url" help:"Address under which browsers reach this server. [http://<listen>]" placeholder:"URL"`
	Connectors  []string      `help:"A connector folder or a folder of folders, watched; repeatable. [the bundled catalogue]" placeholder:"DIR"`
	Override    []string      `help:"A connector key that a later --connectors may replace; repeatable." placeholder:"KEY"`
	EgressAllow []string      `help:"Open an address that the guard against private networks refuses; repeatable." placeholder:"CIDR|HOST"`
	TrustProxy  []string      `name:"trust-proxy" help:"A server in front whose X-Forwarded-For says who a client is, for limits; repeatable." placeholder:"CIDR"`
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
	if s.Timeout > maxTokenTimeout {
		times = errors.Join(times, fmt.Errorf("--token-timeout: expected at most %s", maxTokenTimeout))
	}
	for _, text := range s.TrustProxy {
		if _, err := prefix(text); err != nil {
			times = errors.Join(times, fmt.Errorf("--trust-proxy: expected an address or a CIDR, got %q", text))
		}
	}
	return errors.Join(s.storage.Validate(), s.hookLimits.Validate(), times)
}

// prefix reads an address, or a CIDR.
func prefix(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// trusted are the servers in front; Validate has read them.
func (s *serveCommand) trusted() (all []netip.Prefix) {
	for _, text := range s.TrustProxy {
		if p, err := prefix(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// maxTokenTimeout leaves the engine time to store an answer that came at the last moment.
const maxTokenTimeout = time.Minute

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
	log.SetOutput(httpapi.LibraryLog(h.log))
	base, abort := context.WithCancel(context.Background())
	defer abort()
	var calls underWay
	server := &http.Server{
		BaseContext: func(net.Listener) context.Context { return base },
		Handler:     calls.count(h.handler), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
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
	defer time.AfterFunc(streamsEnd, abort).Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return err
	}
	return calls.wait(ctx)
}

// streamsEnd is how long calls that stream may go on when the server stops: less than a shutdown waits.
const streamsEnd = 20 * time.Second

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
