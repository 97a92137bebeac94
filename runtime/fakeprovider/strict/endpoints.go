package strict

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ory/fosite"

	"claviger/runtime/fakeprovider"
)

// maxBody is the largest request body, in bytes.
const maxBody = 1 << 20

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil { // before the lock, which no slow client may hold
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.URL.Path {
	case "/authorize":
		s.authorize(w, r)
	case "/token":
		s.token(w, r)
	case "/revoke":
		s.provider.WriteRevocationResponse(r.Context(), w, s.provider.NewRevocationRequest(r.Context(), r))
	case "/introspect":
		s.introspect(w, r)
	case "/api/me":
		s.me(w, r)
	case "/.well-known/oauth-authorization-server":
		metadata(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	request, err := s.provider.NewAuthorizeRequest(ctx, r)
	if err == nil && r.Form.Get("approve") == "0" {
		err = fosite.ErrAccessDenied
	}
	if err != nil {
		s.provider.WriteAuthorizeError(ctx, w, request, err)
		return
	}
	for _, scope := range request.GetRequestedScopes() {
		request.GrantScope(scope)
	}
	response, err := s.provider.NewAuthorizeResponse(ctx, request, session())
	if err != nil {
		s.provider.WriteAuthorizeError(ctx, w, request, err)
		return
	}
	response.AddParameter("iss", base(r)) // RFC 9207
	s.provider.WriteAuthorizeResponse(ctx, w, request, response)
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	s.calls[r.PostForm.Get("grant_type")]++
	request, err := s.provider.NewAccessRequest(ctx, r, session())
	if err != nil {
		s.provider.WriteAccessError(ctx, w, request, err)
		return
	}
	if request.GetGrantTypes().ExactOne("client_credentials") {
		for _, scope := range request.GetRequestedScopes() {
			request.GrantScope(scope)
		}
	}
	response, err := s.provider.NewAccessResponse(ctx, request)
	if err != nil {
		s.provider.WriteAccessError(ctx, w, request, err)
		return
	}
	s.provider.WriteAccessResponse(ctx, w, request, response)
}

func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	response, err := s.provider.NewIntrospectionRequest(r.Context(), r, session())
	if err != nil {
		s.provider.WriteIntrospectionError(r.Context(), w, err)
		return
	}
	s.provider.WriteIntrospectionResponse(r.Context(), w, response)
}

// me answers {id, scope} for a good access token in the Authorization header, else 401.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	use, request, err := s.provider.IntrospectToken(r.Context(), token, fosite.AccessToken, session())
	if err != nil || use != fosite.AccessToken {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"id": request.GetSession().GetSubject(), "scope": strings.Join(request.GetGrantedScopes(), " "),
	})
}

func metadata(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                         base(r),
		"authorization_endpoint":                         base(r) + "/authorize",
		"token_endpoint":                                 base(r) + "/token",
		"revocation_endpoint":                            base(r) + "/revoke",
		"introspection_endpoint":                         base(r) + "/introspect",
		"response_types_supported":                       []string{"code"},
		"grant_types_supported":                          []string{"authorization_code", "refresh_token", "client_credentials"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post", "none"},
		"authorization_response_iss_parameter_supported": true,
	})
}

func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func writeJSON(w http.ResponseWriter, status int, fields map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(fields) // the client may be gone
}

// Start serves the server on a free port of 127.0.0.1 until the test ends, and returns its base URL without a final
// slash.
func (s *Server) Start(t fakeprovider.TB) string {
	t.Helper()
	return fakeprovider.Serve(t, s)
}
