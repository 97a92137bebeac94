package httpapi

import (
	"context"
	"errors"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"

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
	p := &httputil.ReverseProxy{
		Rewrite: rewrite, Transport: passages{}, ModifyResponse: s.mark, ErrorHandler: s.noAnswer, BufferPool: &buffers{},
		ErrorLog: log.New(LibraryLog(s.Log), "", 0),
	}
	s.echo.Match(proxied, proxyRoute, s.proxy(p))
	s.echo.Match(proxied, proxyTree, s.proxy(p))
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

// passing is one call that is passed on.
type passing struct {
	*runtime.Passage
	echo  echo.Context
	watch *watch
	page  string // the origin of the page that calls; empty: no page does
}

// begin sets our own headers of an answer, in the place of what answers 1xx and other layers have left: a page may read it, and
// no cache on the way gives it to another caller, whatever the API says of caching (RFC 9111 section 3.5).
func (p *passing) begin() http.Header {
	h := p.echo.Response().Header()
	clear(h)
	h["Vary"] = varying
	if p.page != "" {
		readable(h, p.page)
	}
	return h
}

var varying = []string{"Authorization", "Origin"}

type passingKey struct{}

func passingOf(ctx context.Context) *passing { return ctx.Value(passingKey{}).(*passing) }

// proxy passes a call on. What goes wrong before there is an answer of the API is a problem document of ours.
func (s *server) proxy(library *httputil.ReverseProxy) echo.HandlerFunc {
	return func(c echo.Context) error {
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
		w.right.Store(&right{s, c.Param("id"), bearer(r.Header.Get("Authorization")), r.Header.Get("Origin")})
		p := &passing{Passage: passage, echo: c, watch: w}
		if call.Session {
			p.page = r.Header.Get("Origin")
		}
		ctx := context.WithValue(w.ctx, passingKey{}, p)
		library.ServeHTTP(&informing{ResponseWriter: c.Response().Writer, watch: w}, w.watched(r.WithContext(ctx)))
		return nil
	}
}

// proxyCall reads what the caller says of the call itself. The path is taken as it was received.
func proxyCall(r *http.Request) (call runtime.ProxyCall, err error) {
	parts := strings.SplitN(r.URL.EscapedPath(), "/", 6) // "", v1, connections, ID, proxy, and the rest
	if len(parts) == 6 {
		call.Path = "/" + parts[5]
	}
	call.RawQuery = r.URL.RawQuery
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

// rewrite aims the request at the API. Hop-by-hop headers are gone by now.
func rewrite(r *httputil.ProxyRequest) {
	r.Out.URL, r.Out.Host = passingOf(r.In.Context()).URL(), ""
	r.Out.Trailer = nil // what is not there yet cannot be looked at
	runtime.CleanRequest(r.Out.Header)
}

// passages sends each request on its own way.
type passages struct{}

func (passages) RoundTrip(r *http.Request) (*http.Response, error) {
	return passingOf(r.Context()).RoundTrip(r)
}

// mark cleans the API's answer and marks it as such.
func (s *server) mark(response *http.Response) error {
	p := passingOf(response.Request.Context())
	if response.StatusCode == http.StatusSwitchingProtocols {
		to := response.Header.Get("Upgrade")
		if asked := response.Request.Header.Get("Upgrade"); asked == "" || !strings.EqualFold(asked, to) {
			return errNotAgreed // who returns an error has the connection closed
		}
		runtime.CleanHop(response.Header)
		response.Header["Connection"], response.Header["Upgrade"] = []string{"Upgrade"}, []string{to}
	}
	runtime.CleanAnswer(response.Header)
	runtime.MarkAnswer(response.Header)
	to := p.echo.Response()
	p.begin()
	if response.Header["Content-Type"] == nil {
		to.Header()["Content-Type"] = nil // or the server would guess one
	}
	to.Status, to.Committed = response.StatusCode, response.StatusCode != http.StatusSwitchingProtocols // which may fail yet
	p.watch.answered(response)
	return nil
}

// noAnswer says why there is no answer of the API.
func (s *server) noAnswer(_ http.ResponseWriter, r *http.Request, err error) {
	p := passingOf(r.Context())
	p.begin().Set("X-Content-Type-Options", "nosniff")
	cause, ended := context.Cause(r.Context()), (*runtime.Error)(nil)
	switch asked := runtime.AsError(err); {
	case errors.As(cause, &ended): // the right to call
		err = ended
	case errors.Is(cause, errTooInformed):
		err = &runtime.Error{Code: runtime.CodeUpstreamUnavailable, Message: "the API gave no answer: it went on and on with statuses 1xx", Err: err}
	case asked.Code == runtime.CodeInternal: // what the library itself refuses
		err = &runtime.Error{Code: runtime.CodeUpstreamUnavailable, Message: "the call cannot be passed on: the two sides do not agree on a protocol", Err: err}
	}
	s.plainError(err, p.echo)
}

var errNotAgreed = errors.New("the API switches to a protocol that was not asked for")

// buffers are those that bodies are copied with.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }

// unescaped is a part of a path, decoded once.
func unescaped(part string) (string, error) {
	text, err := url.PathUnescape(part)
	if err != nil {
		return "", invalid("the path cannot be read")
	}
	return text, nil
}
