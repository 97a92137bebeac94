package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"claviger/runtime"
)

type callerKey struct{}

// authenticate finds out whose API key, or session's token, a request carries.
// Nothing of /v1 is to be kept by anybody on the way.
func (s *server) authenticate(ctx huma.Context, next func(huma.Context)) {
	ctx.SetHeader("Cache-Control", "no-store")
	r, w := humaecho.Unwrap(ctx).Request(), humaecho.Unwrap(ctx).Response()
	caller, err := s.asker(r, w.Header())
	if err != nil {
		s.writeError(ctx, err)
		return
	}
	next(huma.WithValue(ctx, callerKey{}, caller))
}

// asker is who sends a request. Every route that asks for a key asks here: a page's answer gets the headers by which its
// browser lets it read (Fetch standard, "CORS protocol").
func (s *server) asker(r *http.Request, answer http.Header) (*runtime.Caller, error) {
	origin := ""
	if sent := r.Header["Origin"]; len(sent) == 1 {
		origin = sent[0]
	}
	c, err := s.Keys.Authenticate(r.Context(), bearer(r.Header.Get("Authorization")), runtime.Asker{Origin: origin, Address: s.address(r)})
	answer["Vary"] = append(varyOrigin, answer["Vary"]...)
	limited := err != nil && runtime.AsError(err).Code == runtime.CodeRateLimited // who comes too often has nothing looked up
	if c != nil && c.Session != nil || err != nil && !limited && origin != "" && s.Keys.TakesOrigin(r.Context(), origin) {
		readable(answer, origin)
	}
	if err == nil && c.Session != nil && !forPages(r.Method, r.URL.EscapedPath()) {
		return nil, &runtime.Error{Code: runtime.CodeForbidden, Message: "this is not for pages: it needs an API key"}
	}
	return c, err
}

var varyOrigin = []string{"Origin"} // nobody changes it

// bearer is the key in an Authorization header (RFC 6750 section 2.1), "" if there is none.
func bearer(header string) string {
	scheme, key, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// caller is who asks. A handler that runs without authentication gets one that may do nothing.
func caller(ctx context.Context) *runtime.Caller {
	if c, ok := ctx.Value(callerKey{}).(*runtime.Caller); ok {
		return c
	}
	return &runtime.Caller{}
}

// writeError answers from a middleware, where there is no handler to return an error from.
func (s *server) writeError(ctx huma.Context, err error) {
	p := s.problem(err).(*Problem)
	for name, values := range p.GetHeaders() {
		ctx.SetHeader(name, values[0])
	}
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	if err := s.api.Marshal(ctx.BodyWriter(), "application/json", p); err != nil {
		s.Log.Debug("cannot write", "error", err)
	}
}
