// Package runtime is the token lifecycle engine: authorize, callback, exchange, extraction, renewal, and handing out.
//
// One file per verb: integrations, verify, sessions, create, connect, authorize, callback, complete, exchange, finish, credentials, renew,
// attempt, commit, test, revoke, events, proxy, values; renew_due renews what nobody reads, due says when; sweep brings to an end what
// nobody ended; client makes the API client that methods have, apicall its calls;
// lease, journal, deliver, recording and spare see to it that no token is asked for twice and no answer is lost; follow
// keeps memory in step with other processes on the store, nodes knows which there are; reseal seals records anew.
// Words: a connector is a folder, an integration is a connector with its parameters, a connection is one account's
// grant, a flow is an authorization under way, a method is a function of the connector's auth block.
//
//	engine, err := runtime.New(runtime.Config{Store: store, Connectors: set, Hooks: pool, Guard: guard, PublicURL: url})
//	created, err := engine.CreateConnection(ctx, caller, runtime.NewConnection{Integration: "github"})
//	// the user's browser opens created.ConnectURL …
//	c, err := engine.Credentials(ctx, caller, created.ID, runtime.CredentialsQuery{})
//
// It speaks no HTTP of its own to callers (package httpapi does), knows no database (package store does), and parses
// nothing an author wrote (package connectors has compiled it). Every exported method is safe for concurrent use, checks
// the caller's limits itself, and fails with an *Error.
package runtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"claviger/jsbridge"
	"claviger/runtime/egress"
)

// Engine is the token lifecycle engine.
type Engine struct {
	store      Store
	connectors Connectors
	hooks      Hooks
	guard      *egress.Guard
	publicURL  string
	secure     bool
	dev        bool
	log        *slog.Logger
	observer   Observer
	limits     jsbridge.Limits
	random     io.Reader
	node       string // Config.Node
	run        string // NODE/RUN: this process, in leases and kept answers

	tokenTimeout   time.Duration
	revokePatience time.Duration
	journal        Journal
	localStore     bool
	journalGrace   time.Duration
	deliveries     deliveries

	hot          *hot
	following    *following
	keys         atomic.Pointer[KeyRing] // nil: none
	sealing      func() (ids []string, active string)
	journalKeys  func() []string
	nodes        atomic.Pointer[[]Node]    // nil: not known yet
	twin         atomic.Pointer[time.Time] // when another process was seen that has this node's id; nil: never
	integrations *integrationMemory
	reach        *lru.Cache[reachKey, egress.Hosts]
	metadata     *lru.Cache[string, storedMetadata]
	alerted      *lru.Cache[string, struct{}] // see alert
	renewals     singleflight.Group
	ways         *lru.Cache[string, *apiWay] // by connection
	waysMade     singleflight.Group
	passing      passing
	begun        *pace    // connections that pages have made, by owner
	refusals     *pace    // renewals that were made because an API has called a token expired, by connection
	running      sync.Map // what meanwhile runs, by its keys
	unresolved   sync.Map // connection id to the fence under which this run sent something whose outcome it does not know
	watchers     watchers
	pagesWait    crowd // requests that wait, by session
	closing      context.Context
	close        context.CancelFunc
	underWay     underWay
	circuits     *circuits
	dueSooner    chan struct{} // wakes RenewDue
	nextDue      atomic.Int64  // in microseconds: until when RenewDue sleeps; 0: there is none

	administering sync.Mutex // held while an integration is put
}

// New makes an engine. Close it before its store.
func New(c Config) (*Engine, error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errorf(CodeInvalidRequest, "the public URL must be an http or https address without query, got %q", c.PublicURL)
	}
	c = c.withDefaults()
	e := &Engine{
		store: c.Store, connectors: c.Connectors, hooks: c.Hooks, guard: c.Guard,
		publicURL: strings.TrimSuffix(c.PublicURL, "/"), secure: u.Scheme == "https", dev: c.Dev,
		log: c.Log, observer: c.Observer, limits: c.HookLimits, random: c.Random, node: c.Node, tokenTimeout: c.TokenTimeout,
		revokePatience: c.RevokePatience,
		journal:        c.Journal, localStore: c.LocalStore, journalGrace: c.JournalGrace, journalKeys: c.JournalKeys,
		following: newFollowing(c.OfflineGrace), sealing: c.Keys, dueSooner: make(chan struct{}, 1),
	}
	if err := e.makeMemory(); err != nil {
		return nil, err
	}
	e.run = e.node + "/" + newID("run")
	if e.circuits, err = newCircuits(c.CircuitPause, c.CircuitWindow, e.log, e.observer); err != nil {
		return nil, err
	}
	e.takeLeft()
	e.closing, e.close = context.WithCancel(context.Background())
	return e, nil
}

// now is the database's clock. A store that cannot tell it fails everything else too, so the error is the store's.
func (e *Engine) now(ctx context.Context) (time.Time, error) {
	at, err := e.store.Now(ctx)
	return at, storeError("clock", "", err)
}

// Ready tells whether the engine can work: its store answers.
func (e *Engine) Ready(ctx context.Context) error {
	return storeError("store", "", e.store.Ping(ctx))
}

// errUnchanged is how an f of change says that there is nothing to store.
var errUnchanged = errors.New("nothing to change")

// change reads a connection, lets f alter it and stores it, again when somebody else was quicker. f may refuse.
func (e *Engine) change(ctx context.Context, id string, f func(*Connection) error) (*Connection, error) {
	return e.record(ctx, id, func(c *Connection) ([]Event, error) { return nil, f(c) })
}

// record is change, and stores the events that f returns with it.
func (e *Engine) record(ctx context.Context, id string, f func(*Connection) ([]Event, error)) (*Connection, error) {
	for {
		c, err := e.store.Connection(ctx, id)
		if err != nil {
			return nil, storeError("connection", id, err)
		}
		events, err := f(c)
		switch {
		case errors.Is(err, errUnchanged):
			return c, nil
		case err != nil:
			return nil, err
		}
		err = e.put(ctx, c, events...)
		if !errors.Is(err, ErrConflict) {
			return c, err
		}
	}
}

// put stores a connection and events of it, forgets what memory held of it and wakes those who wait for it.
func (e *Engine) put(ctx context.Context, c *Connection, events ...Event) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	c.UpdatedAt, c.Due = at, e.due(c)
	if err = e.keep(c, e.store.PutConnection(ctx, c, events...)); err == nil {
		e.wakeFor(c.Due)
	}
	return err
}

// keep is what follows a write of a connection, whose answer is err: memory holds what was written.
func (e *Engine) keep(c *Connection, err error) error {
	if err == nil {
		stored, epoch := *c, e.following.now()
		if before := e.hot.get(c.ID); before != nil {
			epoch = min(epoch, before.epoch) // the database may have been away since the write
		}
		e.hot.keep(c.ID, &held{version: c.Version, epoch: epoch, connection: &stored})
		e.watchers.wake(c.ID)
	}
	return storeError("connection", c.ID, err)
}
