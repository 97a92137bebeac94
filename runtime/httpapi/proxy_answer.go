package httpapi

import (
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"claviger/runtime"
)

// answer hands the API's answer on, cleaned and marked. Once it has begun, what goes wrong breaks the connection off.
func (s *server) answer(c echo.Context, w *watch, response *http.Response) error {
	switch {
	case response.StatusCode == http.StatusSwitchingProtocols:
		s.switchProtocols(c, w, response)
		return nil
	case response.StatusCode < http.StatusOK:
		return &runtime.Error{Code: runtime.CodeUpstreamUnavailable, Message: "the API's answer is not HTTP"}
	}
	to := c.Response()
	handBack(to.Header(), response)
	to.Status, to.Committed = response.StatusCode, true
	to.Writer.WriteHeader(response.StatusCode)
	flushes := isStream(response)
	if flushes || len(response.Trailer) > 0 { // trailers need chunks, whatever the length of the body
		_ = w.control().Flush()
	}
	if err := w.copy(to.Writer, response.Body, flushes); err != nil {
		panic(http.ErrAbortHandler)
	}
	response.Body.Close() // now the trailers are there
	handTrailers(to.Header(), response)
	return nil
}

// handBack sets the headers of an answer. Of those that our own layers have set, what lets a page read it stays.
func handBack(h http.Header, response *http.Response) {
	origin, exposed := h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"]
	clear(h)
	runtime.HandBack(h, response.Header)
	runtime.MarkAnswer(h)
	if h["Content-Type"] == nil {
		h["Content-Type"] = nil // or the server would guess one
	}
	if origin != nil {
		h["Access-Control-Allow-Origin"], h["Access-Control-Expose-Headers"] = origin, exposed
		h.Add("Vary", "Origin")
	}
	if runtime.CleanAnswer(response.Trailer); len(response.Trailer) > 0 {
		h["Trailer"] = []string{strings.Join(slices.Sorted(maps.Keys(response.Trailer)), ", ")}
	}
}

// handTrailers adds the trailers, announced or not.
func handTrailers(h http.Header, response *http.Response) {
	runtime.CleanAnswer(response.Trailer)
	for name, values := range response.Trailer {
		h[http.TrailerPrefix+name] = values
	}
}

// isStream tells whether an answer is to be read while it comes.
func isStream(response *http.Response) bool {
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	return response.ContentLength < 0 || strings.EqualFold(strings.TrimSpace(kind), "text/event-stream")
}

// switchProtocols connects both sides, which have agreed on another protocol: the library's proxy does it, of an answer that is
// there already.
func (s *server) switchProtocols(c echo.Context, w *watch, response *http.Response) {
	if both, ok := response.Body.(io.ReadWriteCloser); ok {
		response.Body = &watchedStream{both, w}
	}
	runtime.CleanAnswer(response.Header)
	runtime.MarkAnswer(response.Header)
	to := c.Response()
	clear(to.Header())
	to.Status = http.StatusSwitchingProtocols // which may fail yet
	proxy := &httputil.ReverseProxy{
		Rewrite: func(*httputil.ProxyRequest) {}, Transport: received{response},
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) {
			s.plainError(&runtime.Error{Code: runtime.CodeUpstreamUnavailable, Message: "the call cannot be passed on: the two sides do not agree on a protocol", Err: err}, c)
		},
	}
	w.shared = false // nobody else ends a connection that was taken over
	proxy.ServeHTTP(to.Writer, c.Request().WithContext(w.ctx))
}

// received is the answer to a request that was sent before.
type received struct{ response *http.Response }

// RoundTrip returns it.
func (r received) RoundTrip(*http.Request) (*http.Response, error) { return r.response, nil }
