package runtime

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"time"

	"claviger/runtime/apiclient"
)

// ProxyCall is one call of an API that is passed on through a connection.
type ProxyCall struct {
	Path         string // below the base, percent-encoded as it was received: empty, or with a slash in front
	RawQuery     string
	Base         string // a name in the connector's bases; empty: baseUri
	Retry        int    // how often the call may be made again where that may help
	Placeholders bool   // expand them
	Session      bool   // it comes from a browser session, for which less is expanded
}

// Passage is the way of one call to an API. Close it when the call is over.
type Passage struct {
	// Alive is told that the call is under way and waits for nobody outside; nil: nobody is.
	Alive func()

	e          *Engine
	call       ProxyCall
	url        *url.URL
	target     *url.URL // url with its placeholders expanded; nil: there are none
	connection *Connection
	way        *apiWay
}

// maxRetry bounds ProxyCall.Retry.
const maxRetry = 10

// Proxy prepares a call through a connection: its token is renewed if need be, and its API client is made. Where the call goes
// follows from the connector; the caller says the path alone.
func (e *Engine) Proxy(ctx context.Context, by *Caller, id string, call ProxyCall) (*Passage, error) {
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	c, epoch, err := e.look(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := e.reachable(by, c, ScopeUse, ScopeSession); err != nil {
		return nil, err
	}
	if call.Retry < 0 || call.Retry > maxRetry {
		return nil, errorf(CodeInvalidRequest, "expected a number from 0 to %d in Claviger-Retry", maxRetry)
	}
	if !e.passing.enter(c) {
		return nil, &Error{Code: CodeOverloaded, RetryAfter: time.Second, Message: "so many calls through this connection, or its owner's, are under way already that another one has to wait"}
	}
	p := &Passage{e: e, call: call, connection: c}
	if err := p.open(ctx, c, at, epoch); err != nil {
		e.passing.leave(c)
		return nil, err
	}
	return p, nil
}

func (p *Passage) open(ctx context.Context, c *Connection, at time.Time, epoch int64) (err error) {
	e := p.e
	seen := c
	if _, p.connection, err = e.usable(ctx, c, at, 0); err != nil {
		return err
	}
	if p.connection == seen {
		e.remember(seen, epoch)
	}
	if p.way, err = e.wayTo(ctx, p.connection, at); err != nil {
		return err
	}
	base := p.way.client.Base(p.call.Base)
	if base == nil {
		return p.noBase()
	}
	u, err := apiclient.Forward(base, p.call.Path, p.call.RawQuery)
	if err != nil {
		return &Error{Code: CodeInvalidRequest, Message: err.Error(), Err: err}
	}
	p.url = u
	return nil
}

func (p *Passage) noBase() error {
	if p.call.Base == "" {
		return errorf(CodeConnectorFailed, "the connector of integration %q gives no baseUri that calls could go to: it needs a method makeApiClient that returns one", p.connection.Integration)
	}
	names := p.way.client.Bases()
	slices.Sort(names)
	return errorf(CodeInvalidRequest, "the connector has no base %q; it has %q", oneLine(p.call.Base, 60), names)
}

// remember keeps a connection that was read in memory, as a reader of credentials does.
func (e *Engine) remember(c *Connection, epoch int64) {
	if h := e.hot.get(c.ID); h != nil && h.version >= c.Version && h.epoch >= epoch || c.Status != Connected || c.Renewal.Answer != nil {
		return
	}
	e.hot.keep(c.ID, &held{version: c.Version, epoch: epoch, connection: c})
}

// StillReaches tells whether a call that is under way through a connection may go on.
func (e *Engine) StillReaches(ctx context.Context, by *Caller, id string) error {
	c, err := e.connection(ctx, id)
	if err != nil {
		return err
	}
	return e.reachable(by, c, ScopeUse, ScopeSession)
}

// URL is where the call goes. Nobody changes it.
func (p *Passage) URL() *url.URL { return p.url }

// Close ends the call.
func (p *Passage) Close() { p.e.passing.leave(p.connection) }

func (p *Passage) alive() {
	if p.Alive != nil {
		p.Alive()
	}
}

// passing counts the calls under way through each connection, and through those that an owner has of an integration. The zero
// value is ready.
type passing struct {
	mu    sync.Mutex
	calls map[string]int
	owned map[tenancy]int // not of connections without an owner, which are of many
}

// tenancy is an owner's part of an integration. Neither of them ever changes of a connection.
type tenancy struct{ integration, owner string }

// How many calls may be under way through one connection, and through all that an owner has of an integration: few enough that
// no tenant takes all that may go to one API.
const maxPassing, maxOwned = 64, 128

func (p *passing) enter(c *Connection) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls == nil {
		p.calls, p.owned = map[string]int{}, map[tenancy]int{}
	}
	of := tenancy{c.Integration, c.Owner}
	if p.calls[c.ID] >= maxPassing || p.owned[of] >= maxOwned {
		return false
	}
	if p.calls[c.ID]++; c.Owner != "" {
		p.owned[of]++
	}
	return true
}

func (p *passing) leave(c *Connection) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[c.ID]--; p.calls[c.ID] == 0 {
		delete(p.calls, c.ID)
	}
	of := tenancy{c.Integration, c.Owner}
	if c.Owner == "" {
		return
	}
	if p.owned[of]--; p.owned[of] == 0 {
		delete(p.owned, of)
	}
}
