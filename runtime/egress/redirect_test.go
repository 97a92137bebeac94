package egress_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"claviger/runtime/egress"
)

// echo answers with what arrived, and at /to/… redirects with the status and Location that the path gives.
func echo(t testing.TB) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if rest, ok := strings.CutPrefix(r.URL.Path, "/to/"); ok {
			var status int
			fmt.Sscan(rest, &status)
			w.Header().Set("Location", r.URL.Query().Get("l"))
			w.Header().Set("Set-Cookie", "session=hunter2")
			w.WriteHeader(status)
			io.WriteString(w, "elsewhere")
			return
		}
		fmt.Fprintf(w, "%s %s body=%q auth=%q cookie=%q key=%q type=%q accept=%q referer=%q", r.Method, r.URL.Path, body,
			r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("X-Api-Key"), r.Header.Get("Content-Type"),
			r.Header.Get("Accept"), r.Header.Get("Referer"))
	})
}

func full(t testing.TB, method, rawURL string) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), method, rawURL, strings.NewReader("payload"))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]string{
		"Authorization": "Bearer t", "Cookie": "c=1", "X-Api-Key": "k", "Content-Type": "text/plain", "Accept": "a/b",
	} {
		r.Header.Set(name, v)
	}
	return r
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	s := echo(t)
	g, p := local(t, s)
	for _, status := range []int{301, 302, 303, 307, 308} {
		a, err := g.Do(full(t, "POST", fmt.Sprintf("%s/to/%d?l=/x", s.URL, status)), p)
		if err != nil || a.Status != status || a.Redirected || string(a.Body) != "elsewhere" || a.Header.Get("Location") != "/x" {
			t.Errorf("%d: got %+v, %v", status, a, err)
		}
	}
}

func TestRedirectWithinTheOrigin(t *testing.T) {
	s := echo(t)
	g, p := local(t, s)
	p.Redirects = 2
	const kept, bare = ` auth="Bearer t" cookie="c=1" key="k" type="text/plain" accept="a/b" referer=""`, ` auth="Bearer t" cookie="c=1" key="k" type="" accept="a/b" referer=""`
	for _, c := range []struct {
		method string
		status int
		want   string
	}{
		{"POST", 301, `GET /x body=""` + bare},
		{"POST", 302, `GET /x body=""` + bare},
		{"POST", 303, `GET /x body=""` + bare},
		{"PUT", 303, `GET /x body=""` + bare},
		{"PUT", 302, `PUT /x body="payload"` + kept},
		{"POST", 307, `POST /x body="payload"` + kept},
		{"POST", 308, `POST /x body="payload"` + kept},
	} {
		a, err := g.Do(full(t, c.method, fmt.Sprintf("%s/to/%d?l=/x", s.URL, c.status)), p)
		if err != nil || string(a.Body) != c.want || !a.Redirected || a.URL != s.URL+"/x" {
			t.Errorf("%s %d: got %v, %v, want %s", c.method, c.status, a, err, c.want)
		}
	}
	a, err := g.Do(full(t, "POST", s.URL+"/to/302"), p)
	if err != nil || a.Status != 302 || a.Redirected {
		t.Errorf("without Location: %v, %v", a, err)
	}
}

func TestRedirectToAnotherOrigin(t *testing.T) {
	s, other := echo(t), echo(t) // another port
	g, p := local(t, s)
	p.Redirects = 3
	back := fmt.Sprintf("%s/to/307?l=%s/back", other.URL, s.URL)
	for _, c := range []struct {
		location string
		status   int
		want     string
	}{
		{other.URL + "/x", 307, `POST /x body=""`},
		{other.URL + "/x", 302, `GET /x body=""`},
		{"//" + other.Listener.Addr().String() + "/x", 308, `POST /x body=""`},
		{back, 307, `POST /back body=""`}, // what was dropped stays dropped
	} {
		r := full(t, "POST", fmt.Sprintf("%s/to/%d", s.URL, c.status))
		r.URL.RawQuery = "l=" + strings.ReplaceAll(c.location, "?", "%3F")
		a, err := g.Do(r, p)
		if want := c.want + ` auth="" cookie="" key="" type="" accept="a/b" referer=""`; err != nil || string(a.Body) != want {
			t.Errorf("%s: got %+v, %v, want %s", c.location, a, err, want)
		}
	}
}

func TestRedirectRefused(t *testing.T) {
	s := echo(t)
	g := guard(t, []string{"127.0.0.1"}, egress.Resolver(resolver(map[string][][]string{"inside.test.": {{"10.0.0.1"}}})))
	p := egress.Policy{Hosts: hosts(t, "127.0.0.1", "inside.test", "169.254.169.254"), Redirects: 5}
	for location, want := range map[string]egress.Reason{
		"https://evil.example/?code=hunter2":      egress.HostNotAllowed,
		"https://inside.test/":                    egress.AddressRefused,
		"http://inside.test/":                     egress.AddressRefused,
		"http://169.254.169.254/latest/meta-data": egress.AddressRefused,
		"http://127.0.0.1:1/":                     egress.Connect,
		"file:///etc/passwd":                      egress.Redirect,
		"ftp://127.0.0.1/":                        egress.Redirect,
		"javascript:alert(1)":                     egress.Redirect,
		"https://user:hunter2@127.0.0.1/":         egress.Redirect,
		"http://127.0.0.1:99999/hunter2":          egress.Redirect,
		"http://[::hunter2":                       egress.Redirect,
		"http://2130706433/":                      egress.Redirect,
	} {
		r := get(t, s.URL+"/to/302")
		q := r.URL.Query()
		q.Set("l", location)
		r.URL.RawQuery = q.Encode()
		_, err := g.Do(r, p)
		if e := wantReason(t, err, want, true); strings.Contains(e.Error(), "hunter2") {
			t.Errorf("%s: %v", location, e)
		}
	}
}

func TestRedirectCount(t *testing.T) {
	var calls int
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/again?code=hunter2", http.StatusFound)
	})
	g, p := local(t, s)
	p.Redirects = 5
	_, err := g.Do(get(t, s.URL), p)
	if e := wantReason(t, err, egress.Redirect, true); calls != 6 || strings.Contains(e.Error(), "hunter2") {
		t.Errorf("%d calls, %v", calls, e)
	}
}

func TestRedirectOfABodyThatCannotBeSentAgain(t *testing.T) {
	s := echo(t)
	g, p := local(t, s)
	p.Redirects = 1
	r := full(t, "POST", s.URL+"/to/307?l=/x")
	r.GetBody = nil
	_, err := g.Do(r, p)
	wantReason(t, err, egress.Redirect, true)
}
