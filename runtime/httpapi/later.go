package httpapi

import (
	"strings"

	"github.com/labstack/echo/v4"
)

// later is what the contract names and this version does not do yet: it is refused, never ignored.
var later = []struct{ path, what string }{
	{"/v1/connections/:id/test", "testing a connection"},
	{"/v1/connections/:id/events", "the timeline of a connection"},
	{"/v1/connections/:id/values/:name", "named values"},
	{"/v1/integrations/:key/values/:name", "named values"},
	{"/v1/connections/:id/proxy", "the proxy"},
	{"/v1/connections/:id/proxy/*", "the proxy"},
	{"/v1/sessions", "browser sessions"},
	{"/v1/sessions/:id", "browser sessions"},
	{"/client.js", "the browser module"},
}

func (s *server) laterRoutes() {
	for _, l := range later {
		s.echo.Any(l.path, func(c echo.Context) error {
			err := notSupported(l.what)
			if strings.HasPrefix(l.path, "/v1/") {
				if _, unknown := s.Keys.Authenticate(c.Request().Context(), bearer(c.Request().Header.Get("Authorization"))); unknown != nil {
					err = unknown
				}
			}
			s.writeProblem(c, s.problem(err).(*Problem), nil)
			return nil
		})
	}
}
