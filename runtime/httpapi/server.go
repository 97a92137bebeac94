// Package httpapi is the HTTP interface of contract and browser: typed handlers under /v1 described by /openapi.json, the
// connect page and the callback for browsers, health and metrics.
//
// It decides nothing about tokens: it reads a request, asks the engine, and writes the answer. One table turns the
// engine's error codes into status codes; no handler chooses one.
package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
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
	Run  func(ctx context.Context) error
}

// Config is what the interface is made of; every field is required, Checks may be empty.
type Config struct {
	Engine    *runtime.Engine
	Keys      *runtime.KeyRing
	Catalogue Catalogue
	Metrics   *Metrics
	Log       *slog.Logger
	PublicURL string
	Version   string
	Checks    []Check
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
	e.HTTPErrorHandler = s.plainError
	e.Use(s.observe)
	s.api = humaecho.New(e, s.openAPI())
	s.api.UseMiddleware(s.authenticate)
	s.integrationRoutes()
	s.connectionRoutes()
	s.connectorRoutes()
	s.laterRoutes()
	s.browserRoutes()
	s.healthRoutes()
	return e
}

// openAPI describes the interface; the operations add themselves.
func (s *server) openAPI() huma.Config {
	c := huma.DefaultConfig("Claviger", s.Version)
	c.Info.Description = "Connections to OAuth2 and API-key providers: authorize once, get a usable token ever after."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema members in answers
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{problemOf}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer"}}
	c.Security = []map[string][]string{{"key": {}}}
	if u, err := url.Parse(s.PublicURL); err == nil {
		c.Servers = []*huma.Server{{URL: u.String()}}
	}
	return c
}

// observe counts and logs every request by its route: a path may hold a one-time handle, so it is written nowhere.
func (s *server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		err := next(c)
		if err != nil {
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
