// Package practice is a provider to practise with: the one of fakeprovider, which answers at the paths of GitHub and of
// Freshdesk's customers, too. Whoever asks its consent page for it has an account there, under any name.
//
//	/authorize, /token, /api/me                       as fakeprovider has them
//	/login/oauth/…, /user, /user/repos, …             as GitHub has them
//	/DOMAIN/desk/oauth/…, /DOMAIN/desk/api/v2/tickets as the help desk of DOMAIN has them
package practice

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"claviger/runtime/fakeprovider"
)

// The client that is registered there. Its secret opens nothing else.
const (
	ClientID     = "practice"
	ClientSecret = "practice-secret-0123456789"
)

// New makes a provider that knows the client above.
func New() http.Handler {
	return Handler(fakeprovider.New(fakeprovider.Options{
		Implicit: true, Clients: []fakeprovider.Client{{ID: ClientID, Secret: ClientSecret}},
	}))
}

// Handler is a provider with the paths of the others.
func Handler(p *fakeprovider.Provider) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", p)
	for _, prefix := range []string{"/login/oauth", "/{domain}/desk/oauth"} {
		mux.HandleFunc(prefix+"/authorize", at(p, "/authorize"))
		mux.HandleFunc(prefix+"/access_token", at(p, "/token"))
		mux.HandleFunc(prefix+"/token", at(p, "/token"))
	}
	mux.HandleFunc("GET /user", answering(p, func(account string) any {
		return map[string]string{"id": account, "login": account}
	}))
	mux.HandleFunc("GET /user/repos", answering(p, func(account string) any {
		return []map[string]string{{"full_name": account + "/hello"}, {"full_name": account + "/<b>x</b>"}}
	}))
	mux.HandleFunc("DELETE /applications/{client}/token", func(w http.ResponseWriter, r *http.Request) { revoke(p, w, r) })
	mux.HandleFunc("GET /{domain}/desk/api/v2/tickets", answering(p, func(account string) any {
		return []map[string]string{{"subject": "It does not work, says " + account}}
	}))
	return mux
}

func at(p *fakeprovider.Provider, path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = path
		p.ServeHTTP(w, r)
	}
}

// answering answers a token that lives with what it opens.
func answering(p *fakeprovider.Provider, what func(account string) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		me := &recorder{header: http.Header{}}
		at(p, "/api/me")(me, r)
		var who struct{ ID string }
		if me.status != http.StatusOK || json.Unmarshal(me.Bytes(), &who) != nil {
			w.Header().Set("WWW-Authenticate", me.header.Get("WWW-Authenticate"))
			w.WriteHeader(me.status)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(what(who.ID)) // the client may be gone
	}
}

// revoke ends a token, in GitHub's words.
func revoke(p *fakeprovider.Provider, w http.ResponseWriter, r *http.Request) {
	var asked struct {
		AccessToken string `json:"access_token"`
	}
	if json.NewDecoder(r.Body).Decode(&asked) != nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	form := strings.NewReader(url.Values{"token": {asked.AccessToken}}.Encode())
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, "/revoke", form)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	request.Header.Set("Authorization", r.Header.Get("Authorization"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	revoked := &recorder{header: http.Header{}}
	if p.ServeHTTP(revoked, request); revoked.status != http.StatusOK {
		w.WriteHeader(revoked.status)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// recorder keeps an answer.
type recorder struct {
	bytes.Buffer
	header http.Header
	status int
}

func (r *recorder) Header() http.Header    { return r.header }
func (r *recorder) WriteHeader(status int) { r.status = status }
