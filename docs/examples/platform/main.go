// Platform is the smallest server behind the examples: what a platform's own server does between a page and Claviger. It
// knows who is signed in (here by a name in a cookie; a real one has accounts), gets sessions for pages, and lets its
// administrator enter the OAuth client. The API key stays in it.
//
//	CLAVIGER_API_KEY=… go run ./docs/examples/platform -page docs/examples/github -integrations github
//
// With -practice it brings a provider to practise with, in the place of a real one.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"io"
	"log"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"claviger/docs/examples/practice"
)

type platform struct {
	claviger     string          // its public URL
	key          string          // an API key with the scope admin, for the settings
	integrations []string        // each of the connector of the same key
	parameters   json.RawMessage // of the integrations, beside the client
	origin       string
}

func main() {
	p := &platform{key: os.Getenv("CLAVIGER_API_KEY")}
	listen := flag.String("listen", "127.0.0.1:9000", "address")
	page := flag.String("page", "", "folder of the example")
	integrations := flag.String("integrations", "", "keys, separated by commas")
	parameters := flag.String("parameters", "{}", "more parameters of the integrations, as JSON")
	provider := flag.String("practice", "", "address of a provider to practise with; empty: none is started")
	flag.StringVar(&p.claviger, "claviger", "http://127.0.0.1:8080", "public URL of Claviger")
	flag.Parse()
	if p.key == "" || *page == "" || *integrations == "" {
		log.Fatal("set CLAVIGER_API_KEY to Claviger's key, and say which -page and -integrations")
	}
	p.integrations, p.parameters, p.origin = strings.Split(*integrations, ","), json.RawMessage(*parameters), "http://"+*listen
	mux := http.NewServeMux()
	mux.Handle("GET /", signedIn(http.FileServer(http.Dir(*page))))
	mux.HandleFunc("GET /me", p.me)
	mux.HandleFunc("GET /sign-in", signInPage)
	mux.HandleFunc("POST /sign-in", signIn)
	mux.HandleFunc("POST /session", p.session)
	mux.HandleFunc("PUT /settings/{integration}", p.settings)
	if *provider != "" {
		log.Printf("a provider is at http://%s; it knows the client %q with the secret %q", *provider, practice.ClientID, practice.ClientSecret)
		go func() { log.Fatal(http.ListenAndServe(*provider, practice.New())) }()
	}
	server := &http.Server{Addr: *listen, Handler: p.guarded(mux), ReadHeaderTimeout: 5 * time.Second}
	log.Printf("open %s", p.origin)
	log.Fatal(server.ListenAndServe())
}

// guarded keeps other sites' pages out, and lets ours load one foreign script: the browser module.
func (p *platform) guarded(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; script-src 'self' "+p.claviger+"; connect-src 'self' "+p.claviger+"; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		next.ServeHTTP(w, r)
	}))
}

var name = regexp.MustCompile(`^[a-z]{1,20}$`)

// signedIn sends whoever is nobody yet to the page for it.
func signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && agent(r) == "" {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func signInPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sign in</title></head>
<body>
<h1>Sign in</h1>
<form method="post"><label>As <input name="as" required pattern="[a-z]{1,20}" autocomplete="off"></label> <button>Sign in</button></form>
<p><code>admin</code> is the administrator, everybody else an agent.</p>
</body>
</html>
`)
}

// signIn believes everybody; that is the part to replace.
func signIn(w http.ResponseWriter, r *http.Request) {
	as := r.PostFormValue("as")
	if !name.MatchString(as) {
		http.Error(w, "a name is a few small letters", http.StatusBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "agent", Value: as, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// agent is who is signed in, "" if nobody is.
func agent(r *http.Request) string {
	c, err := r.Cookie("agent")
	if err != nil || !name.MatchString(c.Value) {
		return ""
	}
	return c.Value
}

// me tells the page what it needs to know.
func (p *platform) me(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"agent": agent(r), "admin": agent(r) == "admin", "claviger": p.claviger})
}

// session gets a session for the page of whoever is signed in: the owner is not the page's to choose.
func (p *platform) session(w http.ResponseWriter, r *http.Request) {
	who := agent(r)
	if who == "" {
		http.Error(w, "nobody is signed in", http.StatusUnauthorized)
		return
	}
	role := "user"
	if who == "admin" {
		role = "admin"
	}
	p.ask(w, http.MethodPost, "/v1/sessions", map[string]any{
		"owner": "agent-" + who, "integrations": p.integrations, "origins": []string{p.origin}, "role": role,
	})
}

// settings stores the client that the administrator entered, if the provider takes it.
func (p *platform) settings(w http.ResponseWriter, r *http.Request) {
	integration := r.PathValue("integration")
	parameters := map[string]any{}
	if agent(r) != "admin" || !slices.Contains(p.integrations, integration) {
		http.Error(w, "not yours to set", http.StatusForbidden)
		return
	}
	if json.Unmarshal(p.parameters, &parameters) != nil || json.NewDecoder(r.Body).Decode(&parameters) != nil {
		http.Error(w, "expected an object", http.StatusBadRequest)
		return
	}
	p.ask(w, http.MethodPut, "/v1/integrations/"+integration+"?verify=true", map[string]any{
		"connector": integration, "parameters": parameters, "returnUrls": []string{p.origin},
	})
}

// ask calls Claviger and hands its answer on.
func (p *platform) ask(w http.ResponseWriter, method, path string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "cannot ask", http.StatusInternalServerError)
		return
	}
	request, err := http.NewRequest(method, p.claviger+path, bytes.NewReader(text))
	if err != nil {
		http.Error(w, "cannot ask", http.StatusInternalServerError)
		return
	}
	request.Header.Set("Authorization", "Bearer "+p.key)
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Print("claviger does not answer")
		http.Error(w, "claviger does not answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	w.Header().Set("Content-Type", cmp.Or(answer.Header.Get("Content-Type"), "application/json"))
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}
