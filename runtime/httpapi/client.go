package httpapi

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"claviger/runtime/pages"
)

// clientRoutes hand out the browser module. Pages of any origin may load it: it holds nothing and may nothing by itself.
func (s *server) clientRoutes() {
	serve := func(path, contentType, text, summary string) {
		s.echo.GET(path, func(c echo.Context) error {
			h := c.Response().Header()
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
			h.Set("Cache-Control", "public, max-age=300")
			return c.Blob(http.StatusOK, contentType, []byte(text))
		})
		s.describe(http.MethodGet, path, "sessions", summary, false, plain{http.StatusOK, summary, contentType})
	}
	serve("/client.js", "text/javascript; charset=utf-8", pages.ClientModule, "The browser module")
	serve("/client.d.ts", "text/plain; charset=utf-8", pages.ClientTypes, "Its type declarations")
}
