package httpapi

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"claviger/runtime"
)

type callerKey struct{}

// authenticate finds out whose API key a request carries.
// Nothing of /v1 is to be kept by anybody on the way.
func (s *server) authenticate(ctx huma.Context, next func(huma.Context)) {
	ctx.SetHeader("Cache-Control", "no-store")
	caller, err := s.Keys.Authenticate(ctx.Context(), bearer(ctx.Header("Authorization")))
	if err != nil {
		s.writeError(ctx, err)
		return
	}
	next(huma.WithValue(ctx, callerKey{}, caller))
}

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
