package grant_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

// seen is one request as a provider received it.
type seen struct {
	method string
	url    *url.URL
	header http.Header
	body   string
}

func (s seen) form(t *testing.T) url.Values {
	t.Helper()
	form, err := url.ParseQuery(s.body)
	if err != nil {
		t.Fatalf("body is no form: %v", err)
	}
	return form
}

// provider is a server that answers as told and remembers what it was asked.
type provider struct {
	*httptest.Server
	mu       sync.Mutex
	requests []seen
}

func serve(t testing.TB, answer http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.requests = append(p.requests, seen{r.Method, r.URL, r.Header, string(body)})
		p.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) all() []seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]seen(nil), p.requests...)
}

func (p *provider) only(t *testing.T) seen {
	t.Helper()
	all := p.all()
	if len(all) != 1 {
		t.Fatalf("the provider saw %d requests, expected one", len(all))
	}
	return all[0]
}

// respond answers with a status and a body of JSON.
func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const tokenAnswer = `{"access_token":"at-1","token_type":"Bearer","expires_in":3600,"refresh_token":"rt-1"}`

// sender is the real way out, opened to loopback.
func sender(t testing.TB) grant.Sender {
	t.Helper()
	guard, err := egress.NewGuard([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guard.CloseIdle)
	hosts, refused := egress.ParseHosts([]string{"127.0.0.1"})
	if len(refused) > 0 {
		t.Fatal(refused[0])
	}
	return func(r *http.Request) (*egress.Answer, error) {
		return guard.Do(r, egress.Policy{Hosts: hosts, Timeout: 5 * time.Second})
	}
}

// config parses a client with the given fields over the usual ones.
func config(t testing.TB, pairs ...any) *grant.Config {
	t.Helper()
	result := value.Of("clientId", "client-1", "clientSecret", "client-secret-1", "authorizeUri", "https://provider.example/authorize")
	result.Merge(value.Of(pairs...))
	c, err := grant.Parse(result, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// failure asserts that an error is a failure of a class.
func failure(t *testing.T, err error, class grant.Class) *grant.Failure {
	t.Helper()
	var f *grant.Failure
	if !errors.As(err, &f) {
		t.Fatalf("expected a failure of class %s, got %v", class, err)
	}
	if f.Class != class {
		t.Fatalf("class %s, expected %s: %v", f.Class, class, f)
	}
	return f
}

func object(t testing.TB, text string) *value.Object {
	t.Helper()
	o, err := value.DecodeObject([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}
