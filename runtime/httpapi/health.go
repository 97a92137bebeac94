package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readiness is the answer of /readyz: every check by name, with its word ("ok", or what there is to say) or what is wrong.
type readiness struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks"`
}

func (s *server) healthRoutes() {
	s.echo.GET("/healthz", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "alive"}) })
	s.echo.GET("/readyz", s.ready)
	s.echo.GET("/metrics", echo.WrapHandler(s.Metrics.Handler()))
	s.echo.GET("/openapi.json", func(c echo.Context) error { return c.JSON(http.StatusOK, s.api.OpenAPI()) })
	const tag, object = "operation", "application/json"
	s.describe(http.MethodGet, "/healthz", tag, "Whether the process is alive", false, plain{http.StatusOK, "alive", object})
	s.describe(http.MethodGet, "/readyz", tag, "Whether it can work: store, data folder, connectors", false,
		plain{http.StatusOK, "ready", object}, plain{http.StatusServiceUnavailable, "not ready; checks says why", object})
	s.describe(http.MethodGet, "/metrics", tag, "Counters for Prometheus", false, plain{http.StatusOK, "counters", "text/plain"})
	s.describe(http.MethodGet, "/openapi.json", tag, "This description", false, plain{http.StatusOK, "OpenAPI 3.1", object})
}

func (s *server) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), 5*time.Second)
	defer cancel()
	out, status := readiness{Ready: true, Checks: map[string]string{}}, http.StatusOK
	checks := append([]Check{{"store", func(ctx context.Context) (string, error) { return "ok", s.Engine.Ready(ctx) }}}, s.Checks...)
	for _, check := range checks {
		word, err := check.Run(ctx)
		if err != nil {
			out.Ready, word, status = false, err.Error(), http.StatusServiceUnavailable
		}
		out.Checks[check.Name] = word
	}
	return c.JSON(status, out)
}
