// Package fakeprovider is an OAuth 2.0 provider in one http.Handler: the provider of `--demo`, and the one that the
// tests run the engine against.
//
// It is honest by default: it checks redirect URIs, client authentication and PKCE, spends a code once, rotates refresh
// tokens and kills the grant when a spent one comes back. On request it misbehaves (see Fault): it answers late, with
// HTML, with half a body, or not at all.
//
//	p := fakeprovider.New(fakeprovider.Options{Clients: []fakeprovider.Client{{ID: "app", Secret: "s3cret"}}})
//	base := p.Start(t)                                             // http://127.0.0.1:…
//	p.Misbehave(fakeprovider.Fault{Mode: fakeprovider.InvalidGrant, Grant: "refresh_token"})
//	…
//	n := p.TokenCalls("refresh_token")
//
// Its endpoints:
//
//	GET, POST /authorize   a page with Allow and Deny; approve=1 or approve=0 among the parameters decides without the page
//	POST /token            authorization_code, refresh_token, client_credentials
//	POST /revoke           RFC 7009
//	GET /api/me            the account behind a Bearer token, an API key (X-Api-Key) or Basic authentication; else 401
//	ANY /api/echo…         the request as it arrived, as JSON
//	GET /.well-known/oauth-authorization-server, /.well-known/openid-configuration
//	GET, POST /control     what is misbehaving, and the switch for it
//
// Words: a grant is what one consent (or one client_credentials request) produced, and everything issued under it. It
// keeps everything in memory, for ever, and is no place for real accounts.
package fakeprovider

import (
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Endpoint names one of the provider's endpoints, in counters, in the log of requests and in faults.
type Endpoint string

// The endpoints that are counted and can misbehave. /control is none of them.
const (
	Authorize Endpoint = "authorize"
	Token     Endpoint = "token"
	Revoke    Endpoint = "revoke"
	API       Endpoint = "api"
	Discovery Endpoint = "discovery"
)

// Provider is the provider. Make one with New. Safe for concurrent use.
type Provider struct {
	o    Options
	done chan struct{} // closed by Close: whatever hangs or drips ends then
	once sync.Once

	mu     sync.Mutex
	faults []Fault
	log    requestLog
	book   book
}

// New makes a provider. It has no goroutines; Close releases requests that hang on purpose.
func New(o Options) *Provider {
	return &Provider{o: o.withDefaults(), done: make(chan struct{}), book: newBook()}
}

// Close ends all requests that a fault holds. The provider goes on to answer, but nothing hangs any more.
func (p *Provider) Close() { p.once.Do(func() { close(p.done) }) }

type route struct {
	endpoint Endpoint
	path     string // with a final slash: everything below it
	methods  string
	handle   func(*Provider, *Request) *answer
}

var routes = []route{
	{Authorize, "/authorize", "GET POST", (*Provider).authorize},
	{Token, "/token", "POST", (*Provider).token},
	{Revoke, "/revoke", "POST", (*Provider).revoke},
	{API, "/api/me", "GET", (*Provider).me},
	{API, "/api/echo", "", (*Provider).echo},
	{API, "/api/echo/", "", (*Provider).echo},
	{Discovery, "/.well-known/oauth-authorization-server", "GET", (*Provider).metadata},
	{Discovery, "/.well-known/openid-configuration", "GET", (*Provider).metadata},
}

func routeOf(path string) (route, bool) {
	for _, t := range routes {
		if path == t.path || strings.HasSuffix(t.path, "/") && strings.HasPrefix(path, t.path) {
			return t, true
		}
	}
	return route{}, false
}

// ServeHTTP answers one request: it is logged first, so that a counter is never behind an answer that has been seen.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.URL.Path == "/control" {
		p.control(w, r)
		return
	}
	t, found := routeOf(r.URL.Path)
	switch {
	case !found:
		http.NotFound(w, r)
		return
	case t.methods != "" && !strings.Contains(t.methods, r.Method):
		w.Header().Set("Allow", strings.ReplaceAll(t.methods, " ", ", "))
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	q, err := p.read(t.endpoint, r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p.deliver(w, r, p.misbehaving(q, func() *answer { return t.handle(p, q) }))
}

// newSecret returns prefix and 256 random bits, base64url.
func (p *Provider) newSecret(prefix string) string {
	b := make([]byte, 32)
	if _, err := io.ReadFull(p.o.Random, b); err != nil {
		panic("fakeprovider: no randomness: " + err.Error())
	}
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Lifetime == 0 {
		o.Lifetime = time.Hour
	}
	if o.Keep == 0 {
		o.Keep = 10_000
	}
	return o
}
