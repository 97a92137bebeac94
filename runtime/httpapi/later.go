package httpapi

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// laterRoute is something that the contract names and this version does not do yet.
type laterRoute struct {
	methods []string
	path    string
	tag     string
	what    string
}

// later is refused, never ignored, and described as such.
var later = []laterRoute{
	{[]string{http.MethodPut, http.MethodGet, http.MethodDelete}, "/v1/connections/{id}/values/{name}", "values", "named values"},
	{[]string{http.MethodPut, http.MethodGet, http.MethodDelete}, "/v1/integrations/{key}/values/{name}", "values", "named values"},
	{[]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, "/v1/connections/{id}/proxy/{path}", "proxy", "the proxy"},
}

var echoPath = strings.NewReplacer("{path}", "*", "{", ":", "}", "")

func (s *server) laterRoutes() {
	for _, l := range later {
		secured := strings.HasPrefix(l.path, "/v1/")
		s.echo.Any(echoPath.Replace(l.path), s.refuse(l.what, secured))
		for _, method := range l.methods {
			s.describe(method, l.path, l.tag, l.what+": not supported by this version", secured,
				plain{http.StatusUnprocessableEntity, "not_supported", problemType})
		}
	}
}

// refuse answers who may ask that there is no answer yet.
func (s *server) refuse(what string, secured bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		err := notSupported(what)
		if secured {
			c.Response().Header().Set("Cache-Control", "no-store")
			if _, unknown := s.asker(c.Request(), c.Response().Header()); unknown != nil {
				err = unknown
			}
		}
		return err
	}
}
