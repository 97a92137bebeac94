// Package httpapi is the HTTP interface of contract and browser: typed handlers under /v1 described by /openapi.json, the
// connect page and the callback for browsers, health and metrics.
//
// It decides nothing about tokens: it reads a request, asks the engine, and writes the answer. One table turns the
// engine's error codes into status codes; no handler chooses one.
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	goruntime "runtime"
	"runtime/debug"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"claviger/connectors"
	"claviger/runtime"
)

// Catalogue is what is loaded; connectors.Set is one.
type Catalogue interface {
	All() []*connectors.Connector
	Get(key string) (*connectors.Connector, bool)
	Folders() []connectors.Folder
}

// Check is one thing that /readyz looks at.
type Check struct {
	Name string
	Run  func(ctx context.Context) (word string, err error) // "ok", or what there is to say; an error: not ready
}

// Config is what the interface is made of; every field is required, Checks and TrustedProxies may be empty.
type Config struct {
	Engine    *runtime.Engine
	Keys      *runtime.KeyRing
	Catalogue Catalogue
	Metrics   *Metrics
	Log       *slog.Logger
	PublicURL string
	Version   string
	Checks    []Check

	// TrustedProxies are the addresses of servers in front whose X-Forwarded-For is believed. Empty: nobody's is.
	TrustedProxies []netip.Prefix
}

// server is the parts that handlers share.
type server struct {
	Config
	api  huma.API
	echo *echo.Echo
}

// New returns the handler of everything that this server answers.
func New(c Config) http.Handler {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	s := &server{Config: c, echo: e}
	setLibrary()
	e.HTTPErrorHandler = s.plainError
	e.IPExtractor = clientAddress(c.TrustedProxies)
	e.Use(s.around)
	s.api = humaecho.New(e, s.openAPI())
	s.api.UseMiddleware(s.authenticate, s.exact)
	s.integrationRoutes()
	s.connectionRoutes()
	s.eventRoutes()
	s.valueRoutes()
	s.proxyRoutes()
	s.sessionRoutes()
	s.clientRoutes()
	s.connectorRoutes()
	s.browserRoutes()
	s.healthRoutes()
	return e
}

// around is what surrounds every handler. It counts and logs requests by their route: a path may hold a one-time handle, so it
// is written nowhere.
func (s *server) around(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		c.Response().Header()["X-Content-Type-Options"] = nosniff
		if err := s.caught(c, next); err != nil {
			c.Error(err)
		}
		took, status := time.Since(began), c.Response().Status
		s.Metrics.request(c.Request().Method, c.Path(), status, took)
		if s.Log.Enabled(c.Request().Context(), slog.LevelDebug) {
			s.Log.Debug("request", "method", c.Request().Method, "route", c.Path(), "status", status, "took", took)
		}
		return nil
	}
}

var nosniff = []string{"nosniff"} // nobody changes it

// caught turns a panic into a problem. Its value may be anything, so only what Go itself says is logged, with the stack.
func (s *server) caught(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		v := recover()
		switch v := v.(type) {
		case nil:
			return
		case goruntime.Error:
			s.Log.Error("a handler panicked", "route", c.Path(), "error", v.Error(), "stack", string(debug.Stack()))
		default:
			if v == http.ErrAbortHandler || c.Request().Context().Err() != nil { // the client has gone
				panic(http.ErrAbortHandler)
			}
			s.Log.Error("a handler panicked", "route", c.Path(), "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
		err = &runtime.Error{Code: runtime.CodeInternal, Message: "something went wrong on our side; the server's log says what"}
	}()
	if isPreflight(c.Request()) {
		return s.preflight(c)
	}
	bound(c, bodyTime)
	return next(c)
}

// bodyTime is how long a request's body may take to arrive.
const bodyTime = 30 * time.Second

// bound bounds the time in which a body arrives. The bound goes when the body is there: past it, reading ahead would otherwise
// end the request that is being answered. Calls that are passed on have a watch of their own.
func bound(c echo.Context, limit time.Duration) {
	r := c.Request()
	if r.Body == nil || r.Body == http.NoBody || c.Path() == proxyRoute || c.Path() == proxyTree {
		return
	}
	control := http.NewResponseController(c.Response().Writer)
	if err := control.SetReadDeadline(time.Now().Add(limit)); err == nil {
		timed := *r // a copy: the server looks at its own body to tell what is left unread on the connection
		timed.Body = &timedBody{r.Body, control}
		c.SetRequest(&timed)
	}
}

type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read lifts the deadline at the body's end.
func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{}) // it could be set, so it can be lifted
	}
	return n, err
}
