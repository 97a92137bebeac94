package httpapi

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"claviger/runtime"
)

const (
	proxyRoute = "/v1/connections/:id/proxy"
	proxyTree  = proxyRoute + "/*"
)

// proxied are the methods that are passed on: those of HTTP and WebDAV, but for CONNECT, and TRACE, which would show the
// caller the credentials.
var proxied = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, "QUERY",
	"PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "LINK", "UNLINK",
}

func (s *server) proxyRoutes() {
	s.echo.Match(proxied, proxyRoute, s.proxy)
	s.echo.Match(proxied, proxyTree, s.proxy)
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		s.describe(method, "/v1/connections/{id}/proxy/{path}", "proxy", "Call the connection's API, authenticated", true,
			plain{http.StatusOK, "whatever the API answers, marked by the header Claviger-Upstream: 1; any method and status", "*/*"},
			plain{http.StatusBadGateway, "upstream_unavailable", problemType}, plain{http.StatusGatewayTimeout, "upstream_timeout", problemType})
		op := s.api.OpenAPI().Paths["/v1/connections/{id}/proxy/{path}"]
		described := map[string]*huma.Operation{http.MethodGet: op.Get, http.MethodPost: op.Post, http.MethodPut: op.Put, http.MethodPatch: op.Patch, http.MethodDelete: op.Delete}[method]
		described.Parameters = append(described.Parameters,
			&huma.Param{Name: "Claviger-Base", In: "header", Description: "one of the connector's bases, in the place of baseUri", Schema: &huma.Schema{Type: huma.TypeString}},
			&huma.Param{Name: "Claviger-Retry", In: "header", Description: "how often a call may be made again that may be repeated: 0 to 10", Schema: &huma.Schema{Type: huma.TypeInteger}},
			&huma.Param{Name: "Claviger-Placeholders", In: "header", Description: "on: expand placeholders, as the integration's rules allow", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"on", "off"}}})
	}
}

// proxy passes a call on. What goes wrong before there is an answer of the API is a problem document of ours.
func (s *server) proxy(c echo.Context) error {
	r := c.Request()
	w := newWatch(c, answerTime, idleTime)
	defer w.end()
	caller, err := s.asker(r, c.Response().Header())
	if err != nil {
		return err
	}
	call, err := proxyCall(r)
	if err != nil {
		return err
	}
	call.Session = caller.Session != nil
	passage, err := s.Engine.Proxy(r.Context(), caller, c.Param("id"), call)
	if err != nil {
		return err
	}
	defer passage.Close()
	passage.Alive = w.alive
	early := &early{to: c.Response().Writer}
	response, err := passage.Send(early.during(w.ctx), w.watched(r))
	early.end()
	if err != nil {
		return w.failed(err)
	}
	defer response.Body.Close()
	w.answered()
	return s.answer(c, w, response)
}

// proxyCall reads what the caller says of the call itself. The path is taken as it was received.
func proxyCall(r *http.Request) (call runtime.ProxyCall, err error) {
	call.Path, call.RawQuery = r.URL.EscapedPath(), r.URL.RawQuery
	for range 4 { // v1, connections, ID, proxy
		next := strings.IndexByte(call.Path[1:], '/')
		if next < 0 {
			call.Path = ""
			break
		}
		call.Path = call.Path[1+next:]
	}
	if call.Base, err = only(r, "Claviger-Base"); err != nil {
		return call, err
	}
	placeholders, err := only(r, "Claviger-Placeholders")
	if err == nil && placeholders != "" && placeholders != "on" && placeholders != "off" {
		err = invalid("expected on or off in Claviger-Placeholders")
	}
	call.Placeholders = placeholders == "on"
	retry, again := only(r, "Claviger-Retry")
	if err == nil {
		err = again
	}
	if err == nil && retry != "" {
		if call.Retry, err = strconv.Atoi(retry); err != nil {
			err = invalid("expected a number in Claviger-Retry")
		}
	}
	for name := range r.Header {
		if err == nil && strings.HasPrefix(name, "Claviger-") && name != "Claviger-Base" && name != "Claviger-Retry" && name != "Claviger-Placeholders" {
			err = invalid("the header " + name + " means nothing here")
		}
	}
	return call, err
}

func only(r *http.Request, name string) (string, error) {
	values := r.Header[name]
	switch {
	case len(values) > 1:
		return "", invalid("the header " + name + " comes more than once")
	case len(values) == 0:
		return "", nil
	}
	return values[0], nil
}

func invalid(message string) error {
	return &runtime.Error{Code: runtime.CodeInvalidRequest, Message: message}
}

// unescaped is a part of a path, decoded once.
func unescaped(part string) (string, error) {
	text, err := url.PathUnescape(part)
	if err != nil {
		return "", invalid("the path cannot be read")
	}
	return text, nil
}
