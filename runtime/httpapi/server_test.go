package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"claviger/runtime"
)

// codes reads the constants of type Code from the engine's source: a new one must not be forgotten here.
func codes(t *testing.T) []runtime.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []runtime.Code
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		kind, ok := spec.Type.(*ast.Ident)
		if !ok || kind.Name != "Code" {
			return true
		}
		text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, runtime.Code(text))
		return true
	})
	return found
}

// The names and statuses that callers rely on. A change here is a change of the interface.
var stable = map[runtime.Code]int{
	"invalid_request": 400, "invalid_parameters": 422, "invalid_return_url": 422, "unauthorized": 401, "forbidden": 403,
	"not_found": 404, "conflict": 409, "not_supported": 422, "not_connected": 409, "reconnect_required": 409,
	"not_refreshable": 409, "integration_misconfigured": 503, "connector_unavailable": 503, "provider_refused": 422, "client_refused": 422,
	"provider_unavailable": 503, "provider_malformed": 502, "unknown_outcome": 503, "connector_failed": 502, "overloaded": 503, "rate_limited": 429,
	"account_changed": 409, "upstream_unavailable": 502, "upstream_timeout": 504, "flow_refused": 400, "store_unavailable": 503, "internal": 500,
}

func TestEveryCodeIsAProblem(t *testing.T) {
	all := codes(t)
	if len(all) < 20 {
		t.Fatalf("only %d codes found in the source", len(all))
	}
	s := &server{Config: Config{Log: slog.New(slog.DiscardHandler)}, echo: echo.New()}
	s.echo.HTTPErrorHandler = s.plainError
	for _, code := range all {
		want, ok := stable[code]
		if !ok {
			t.Errorf("%s has no status that callers can rely on", code)
			continue
		}
		w := httptest.NewRecorder()
		s.plainError(&runtime.Error{Code: code, Message: "why", RetryAfter: 1500 * time.Millisecond}, s.echo.NewContext(httptest.NewRequest("GET", "/v1/x", nil), w))
		var p Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if w.Code != want || p.Status != want || p.Code != string(code) || p.Type != "about:blank" || p.Title != http.StatusText(want) || p.Detail != "why" {
			t.Errorf("%s: %d %s", code, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Retry-After") != "2" {
			t.Errorf("%s: %v", code, w.Header())
		}
		if challenge := w.Header().Get("WWW-Authenticate"); (challenge != "") != (want == 401) {
			t.Errorf("%s: WWW-Authenticate %q", code, challenge)
		}
	}
	if len(stable) != len(all) || len(statuses) != len(all) {
		t.Errorf("%d codes in the source, %d promised, %d in the table", len(all), len(stable), len(statuses))
	}
}

// A page that could not be made for want of time says so, and when to come again.
func TestOverloadIsAPage(t *testing.T) {
	s := &server{Config: Config{Log: slog.New(slog.DiscardHandler)}, echo: echo.New()}
	w := httptest.NewRecorder()
	err := s.step(s.echo.NewContext(httptest.NewRequest("GET", "/connect/x", nil), w), nil,
		&runtime.Error{Code: runtime.CodeOverloaded, Message: "a lot is going on", RetryAfter: 5 * time.Second})
	if err != nil || w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "5" ||
		!strings.Contains(w.Body.String(), "One moment, please") || !strings.Contains(w.Body.String(), "A lot is going on.") {
		t.Errorf("%v %d %v %s", err, w.Code, w.Header(), w.Body)
	}
}

func TestUnknownErrorsTellNothing(t *testing.T) {
	var log bytes.Buffer
	s := &server{Config: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	p := s.problem(errors.New("dial tcp 10.1.2.3: secret")).(*Problem)
	if p.Code != "internal" || p.Status != 500 || strings.Contains(p.Detail, "10.1.2.3") {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(log.String(), "10.1.2.3") {
		t.Errorf("the log does not tell: %s", log.String())
	}
	log.Reset()
	s.problem(context.Canceled)
	if log.Len() > 0 {
		t.Errorf("a caller who has gone is no failure: %s", log.String())
	}
}

func TestPanicsAreProblems(t *testing.T) {
	var log bytes.Buffer
	s := &server{Config: Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Metrics: NewMetrics()}, echo: echo.New()}
	s.echo.HTTPErrorHandler = s.plainError
	s.echo.Use(s.around)
	s.echo.GET("/index", func(echo.Context) error { return []error{}[len(s.PublicURL)] })
	s.echo.GET("/text", func(echo.Context) error { panic("access_token=s3cret-s3cret") })
	for _, path := range []string{"/index", "/text"} {
		w := httptest.NewRecorder()
		s.echo.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":"internal"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if strings.Contains(log.String(), "s3cret") || !strings.Contains(log.String(), "index out of range") || !strings.Contains(log.String(), "server_test.go") {
		t.Errorf("%s", log.String())
	}
}

func TestABodyHasItsTimeAndTheAnswerHasMore(t *testing.T) {
	e := echo.New()
	e.POST("/", func(c echo.Context) error {
		bound(c, 200*time.Millisecond)
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return c.String(http.StatusRequestTimeout, "late")
		}
		select {
		case <-c.Request().Context().Done():
			return c.String(http.StatusInternalServerError, "canceled")
		case <-time.After(500 * time.Millisecond):
			return c.String(http.StatusOK, "there")
		}
	})
	server := httptest.NewServer(e)
	defer server.Close()
	answer, err := http.Post(server.URL, "text/plain", strings.NewReader("quick"))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the request that was being answered ended: %d", answer.StatusCode)
	}

	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nslow")
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	text, _ := io.ReadAll(conn)
	if !strings.Contains(string(text), "408") {
		t.Errorf("a slow body held its handler: %s", text)
	}
}

func TestNamesThatComeTwice(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"a":2}`:             "twice",
		`{"x":[{"b":{},"b":null}]}`: "twice",
		`{"a":1,"A":2}`:             "",
		`{"a":{"a":{"a":1}}}`:       "",
		`[{"a":1},{"a":1}]`:         "",
		strings.Repeat("[", 2000) + strings.Repeat("]", 2000): "deep",
		strings.Repeat(`{"a":`, 100_000):                      "deep",
		`{"a":1`:                                              "unexpected",
		`{"a" 1}`:                                             "invalid",
		`[,]`:                                                 "invalid",
		`[}`:                                                  "invalid",
		`[[{]`:                                                "invalid",
		`{} {}`:                                               "after top-level",
		``:                                                    "unexpected end",
	} {
		var v any
		err := exactJSON.Unmarshal([]byte(text), &v)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func FuzzExactJSON(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}],"a":"x"}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, src []byte) {
		var got, want any
		err := exactJSON.Unmarshal(src, &got)
		if err == nil && json.Unmarshal(src, &want) != nil {
			t.Errorf("%q was taken", src)
		}
	})
}
