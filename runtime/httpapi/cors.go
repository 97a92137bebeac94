package httpapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// pageRequests are what pages may ask for. Whatever is not here is refused to a session before anybody looks at it, and no
// browser is told that it may.
var pageRequests = []struct {
	path    *regexp.Regexp
	methods string // empty: all
}{
	{regexp.MustCompile(`^/v1/connections$`), "GET HEAD POST"},
	{regexp.MustCompile(`^/v1/connections/[^/]+$`), "GET HEAD DELETE"},
	{regexp.MustCompile(`^/v1/connections/[^/]+/(reconnect|test)$`), "POST"},
	{regexp.MustCompile(`^/v1/connections/[^/]+/proxy/.*$`), ""},
	{regexp.MustCompile(`^/v1/sessions/[^/]+$`), "DELETE"},
}

// forPages tells whether pages may send a request with a method to an address, as it is escaped.
func forPages(method, path string) bool {
	for _, p := range pageRequests {
		if p.path.MatchString(path) {
			return p.methods == "" || slices.Contains(strings.Fields(p.methods), method)
		}
	}
	return false
}

// isPreflight tells whether a browser asks before it sends a page's request (Fetch standard, "CORS-preflight fetch").
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Origin"]) == 1 && r.Header.Get("Access-Control-Request-Method") != "" && strings.HasPrefix(r.URL.Path, "/v1/")
}

// preflight answers it. It carries no token, so what is told is that some session is for pages of this origin; the request
// itself is judged when it comes.
func (s *server) preflight(c echo.Context) error {
	r, h := c.Request(), c.Response().Header()
	origin := r.Header.Get("Origin")
	h.Set("Cache-Control", "no-store")
	if err := s.Keys.MayAsk(s.address(r)); err != nil {
		return err
	}
	h.Add("Vary", "Origin")
	h.Add("Vary", "Access-Control-Request-Method")
	h.Add("Vary", "Access-Control-Request-Headers")
	if forPages(r.Header.Get("Access-Control-Request-Method"), r.URL.EscapedPath()) && s.Keys.TakesOrigin(r.Context(), origin) {
		readable(h, origin)
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, *") // the proxy passes on what the page says
		h.Set("Access-Control-Max-Age", "600")
	}
	return c.NoContent(http.StatusNoContent)
}

// readable lets pages of an origin read an answer: the origin to the letter, without cookies.
func readable(h http.Header, origin string) {
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Expose-Headers", "*")
}
