package fakeprovider_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	fp "claviger/runtime/fakeprovider"
)

// TestMisbehaviours meets every mode once, at a refresh, over a real connection. want looks at what a client sees; next is
// the error of a second refresh with the same refresh token: "invalid_grant" says that the first one was processed.
func TestMisbehaviours(t *testing.T) {
	body := func(status int, part string) func(*http.Response, []byte, error) bool {
		return func(w *http.Response, b []byte, err error) bool {
			return err == nil && w.StatusCode == status && strings.Contains(string(b), part)
		}
	}
	header := func(status int, name, value string) func(*http.Response, []byte, error) bool {
		return func(w *http.Response, _ []byte, err error) bool {
			return err == nil && w.StatusCode == status && w.Header.Get(name) == value
		}
	}
	const processed = "invalid_grant"
	for _, c := range []struct {
		fault fp.Fault
		want  func(*http.Response, []byte, error) bool
		next  string
	}{
		{fp.Fault{Mode: fp.Answer, Status: 418, Header: map[string]string{"X-A": "b"}}, header(418, "X-A", "b"), ""},
		{fp.Fault{Mode: fp.HTML}, body(200, "<html>"), ""},
		{fp.Fault{Mode: fp.NotOK}, body(200, `{"error":"invalid_auth","ok":false}`), ""},
		{fp.Fault{Mode: fp.OAuthError, Error: "slow_down", Description: "d"}, body(400, `{"error":"slow_down","error_description":"d"}`), ""},
		{fp.Fault{Mode: fp.InvalidGrant}, body(400, `"invalid_grant"`), ""},
		{fp.Fault{Mode: fp.InvalidClient}, body(401, `"invalid_client"`), ""},
		{fp.Fault{Mode: fp.RateLimited, RetryAfter: 7}, header(429, "Retry-After", "7"), ""},
		{fp.Fault{Mode: fp.Unavailable}, body(503, "upstream"), ""},
		{fp.Fault{Mode: fp.Unavailable, Processed: true}, body(503, "upstream"), processed},
		{fp.Fault{Mode: fp.TemporarilyUnavailable, RetryAfter: 3}, header(503, "Retry-After", "3"), ""},
		{fp.Fault{Mode: fp.Redirect}, header(307, "Location", "/api/echo"), ""},
		{fp.Fault{Mode: fp.Oversized, Size: 3000}, func(_ *http.Response, b []byte, err error) bool { return len(b) == 3000 && json.Valid(b) }, ""},
		{fp.Fault{Mode: fp.DeepJSON, Size: 50}, body(200, strings.Repeat("[", 50)), ""},
		{fp.Fault{Mode: fp.GzipBomb, Size: 1 << 20}, func(w *http.Response, b []byte, err error) bool { return w.Uncompressed && len(b) == 1<<20 }, ""},
		{fp.Fault{Mode: fp.Hang}, func(_ *http.Response, _ []byte, err error) bool { return os.IsTimeout(err) }, ""},
		{fp.Fault{Mode: fp.Reset}, func(_ *http.Response, _ []byte, err error) bool { return errors.Is(err, syscall.ECONNRESET) }, ""},
		{fp.Fault{Mode: fp.Reset, Processed: true}, func(_ *http.Response, _ []byte, err error) bool { return errors.Is(err, syscall.ECONNRESET) }, processed},
		{fp.Fault{Mode: fp.Latency, DelayMS: 20}, body(200, "access_token"), processed},
		{fp.Fault{Mode: fp.JSONOnly}, body(400, "invalid_request"), ""},
		{fp.Fault{Mode: fp.Set, Set: map[string]any{"scope": nil, "x": 1}}, func(_ *http.Response, b []byte, err error) bool {
			return !bytes.Contains(b, []byte("scope")) && bytes.Contains(b, []byte(`"x":1`))
		}, processed},
		{fp.Fault{Mode: fp.TextExpiresIn}, body(200, `"expires_in":"3600"`), processed},
		{fp.Fault{Mode: fp.NoExpiresIn}, func(_ *http.Response, b []byte, err error) bool { return !bytes.Contains(b, []byte("expires")) }, processed},
		{fp.Fault{Mode: fp.Nested}, body(200, `{"data":{"accessToken":"fpat_`), processed},
		{fp.Fault{Mode: fp.FormEncoded}, body(200, "access_token=fpat_"), processed},
		{fp.Fault{Mode: fp.WrongContentType}, header(200, "Content-Type", "text/html; charset=utf-8"), processed},
		{fp.Fault{Mode: fp.Drip, DelayMS: 1}, body(200, `"token_type":"Bearer"}`), processed},
		{fp.Fault{Mode: fp.ResetHalf}, func(w *http.Response, b []byte, err error) bool {
			return errors.Is(err, io.ErrUnexpectedEOF) && int64(len(b)) == w.ContentLength/2
		}, processed},
	} {
		t.Run(string(c.fault.Mode), func(t *testing.T) {
			t.Parallel()
			a := start(t, fp.Options{})
			refresh := a.connected().Refresh
			c.fault.Grant, c.fault.Times = "refresh_token", 1
			a.p.Misbehave(c.fault)
			w, b, err := a.send("/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
			if !c.want(w, b, err) {
				t.Errorf("%v %v %.200q", w, err, b)
			}
			if len(a.p.Faults()) != 0 {
				t.Error("the fault is not used up")
			}
			if got := a.renew(refresh); got.Error != c.next {
				t.Errorf("afterwards: %+v", got)
			}
		})
	}
}

func TestCallbackFault(t *testing.T) {
	a := start(t, fp.Options{SendIss: true, CallbackParams: url.Values{"realmId": {"1"}}})
	a.p.Misbehave(fp.Fault{Mode: fp.Callback, Params: url.Values{"iss": {"https://evil.example"}, "realmId": nil, "state": {"a", "b"}}})
	back := a.authorize()
	if back.Get("iss") != "https://evil.example" || back.Has("realmId") || len(back["state"]) != 2 || !back.Has("code") {
		t.Errorf("%v", back)
	}
}

func TestQueue(t *testing.T) {
	a := start(t, fp.Options{})
	a.p.Misbehave(fp.Fault{Mode: fp.InvalidClient}, fp.Fault{Mode: fp.Answer, Status: 500, Body: "{}", Times: 1},
		fp.Fault{Mode: fp.Answer, Status: 502, Body: "{}", Times: 2}, fp.Fault{Mode: fp.TextExpiresIn, Times: 1})
	for i, want := range []int{500, 502, 502, 401, 401} {
		if got := a.token(url.Values{"grant_type": {"client_credentials"}}); got.status != want {
			t.Errorf("%d: %d, want %d", i, got.status, want)
		}
	}
	a.p.Misbehave(fp.Fault{Mode: fp.Latency, DelayMS: 1}, fp.Fault{Mode: fp.NoExpiresIn}, fp.Fault{Mode: fp.HTML, On: fp.API, Status: 502})
	if got := a.token(url.Values{"grant_type": {"client_credentials"}}); got.status != 200 || got.In != 0 {
		t.Errorf("several: %+v", got)
	}
	if status, _ := a.me("x"); status != 502 {
		t.Errorf("on the API: %d", status)
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown mode is accepted")
		}
	}()
	a.p.Misbehave(fp.Fault{Mode: "no_such"})
}

func TestCloseReleases(t *testing.T) {
	p := fp.New(fp.Options{})
	p.Misbehave(fp.Fault{Mode: fp.Hang})
	s := httptest.NewServer(p)
	ended := make(chan error)
	go func() {
		_, err := http.Post(s.URL+"/token", "application/json", strings.NewReader("{}"))
		ended <- err
	}()
	for p.Calls(fp.Token) == 0 {
		time.Sleep(time.Millisecond)
	}
	p.Close()
	if err := <-ended; err == nil {
		t.Error("an answer came")
	}
	s.Close()
}

func TestControl(t *testing.T) {
	a := start(t, fp.DemoOptions())
	post := func(body string) int {
		w, err := http.Post(a.base+"/control", "application/x-www-form-urlencoded", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		return w.StatusCode
	}
	for _, c := range []struct {
		body   string
		status int
		faults int
	}{
		{`{"mode":"invalid_grant"}`, 200, 1},
		{`{"mode":"invalid grant"}`, 400, 1},
		{`{"mode":"answer","stauts":500}`, 400, 1},
		{`{"mode":"answer","status":99}`, 400, 1},
		{`{"mode":"oversized","size":-1}`, 400, 1},
		{`{"mode":"oversized","size":9000000000}`, 400, 1},
		{`not json`, 400, 1},
		{``, 400, 1},
		{` [{"mode":"latency","delayMs":5},{"mode":"set","set":{"expires_in":30,"scope":null}}]`, 200, 2},
		{`{"mode":"ok"}`, 200, 0},
		{`{"mode":"hang"}`, 200, 1},
		{`[]`, 200, 0},
	} {
		if status := post(c.body); status != c.status || len(a.p.Faults()) != c.faults {
			t.Errorf("%s: %d, %d faults", c.body, status, len(a.p.Faults()))
		}
	}
	a.me("x")
	w := a.get("/control")
	defer w.Body.Close()
	var got struct {
		Modes []struct{ Mode, Summary, On string }
		Calls map[string]int
	}
	if err := json.NewDecoder(w.Body).Decode(&got); err != nil || len(got.Modes) != 26 || got.Calls["api"] != 1 {
		t.Errorf("%v %+v", err, got)
	}
}

// The demo's whole story by plain requests: a token, its renewal, an error.
func TestDemo(t *testing.T) {
	a := start(t, fp.DemoOptions(redirectURI))
	a.id, a.body = fp.DemoClientID, false
	code := a.authorize().Get("code")
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI},
		"code_verifier": {verifier}, "client_secret": {fp.DemoClientSecret}}
	got := a.token(form)
	if got.In != 60 || got.Refresh == "" {
		t.Fatalf("%+v", got)
	}
	a.p.Misbehave(fp.Fault{Mode: fp.InvalidGrant})
	renew := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.Refresh}, "client_secret": {fp.DemoClientSecret}}
	if next := a.token(renew); next.Error != "invalid_grant" {
		t.Errorf("%+v", next)
	}
	a.p.Misbehave()
	if next := a.token(renew); next.Access == "" {
		t.Errorf("%+v", next)
	}
	if err := fstest.TestFS(fp.DemoConnector(), "spec.yml", "auth/get-oauth-config.map.yml"); err != nil {
		t.Error(err)
	}
}
