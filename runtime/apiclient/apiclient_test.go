package apiclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

func object(t testing.TB, text string) *value.Object {
	t.Helper()
	o, err := value.DecodeObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func client(t testing.TB, text string) *Client {
	t.Helper()
	c, err := Parse(object(t, text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestParseNamesEveryMistake(t *testing.T) {
	for given, want := range map[string][]string{
		`{"baseUri": "api.example.com"}`:                          {"baseUri: expected an absolute http or https URL"},
		`{"baseUri": "https://u:p@a.example"}`:                    {"baseUri: a URL may not hold a user name"},
		`{"baseUri": 5, "query": [], "headers": {"a b": "x"}}`:    {"baseUri: expected text, got number", "query: expected an object, got list", "headers.a b: it is not the name"},
		`{"bases": {"x": "ftp://a"}}`:                             {"bases.x: expected an absolute"},
		`{"baseUrl": "https://a.example"}`:                        {`baseUrl: "baseUrl" is not known here (did you mean "baseUri"?)`},
		`{"headers": {"X": "a\r\nb"}}`:                            {"headers.X: it holds a line break"},
		`{"headers": {"Host": "evil.com"}}`:                       {"headers.Host: this header is not"},
		`{"auth": {"username": "a:b"}}`:                           {"auth.username: it may not hold a colon"},
		`{"auth": {"user": "a"}}`:                                 {`auth.user: "user" is not known here`},
		`{"responseHandlers": [{"match": {"$nope": 1}}]}`:         {"responseHandlers[0].match"},
		`{"responseHandlers": [{"when": true}]}`:                  {"responseHandlers[0].when"},
		`{"retry": {"attempts": 50, "methods": ["FETCH"]}}`:       {"retry.attempts: expected a number from 1 to 10", "retry.methods[0]"},
		`{"baseUri": null, "headers": {"X": null}, "auth": null}`: nil,
	} {
		_, err := Parse(object(t, given), nil)
		if (err == nil) != (want == nil) {
			t.Errorf("%s: %v", given, err)
		}
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: expected %q in %v", given, w, err)
			}
		}
	}
}

// sent is what a request looked like.
type sent struct {
	url    string
	header http.Header
	body   string
}

// answers is a Way whose answers come one after the other; the last comes again. It keeps what was sent.
func answers(list ...egress.Answer) (Way, *[]sent, *[]time.Duration) {
	var all []sent
	var pauses []time.Duration
	return Way{
		Send: func(r *http.Request) (*egress.Answer, error) {
			one := sent{url: r.Method + " " + r.URL.String(), header: r.Header}
			if r.Body != nil {
				body, _ := io.ReadAll(r.Body)
				one.body = string(body)
			}
			all = append(all, one)
			a := list[min(len(all), len(list))-1]
			if a.Header == nil {
				a.Header = http.Header{"Content-Type": {"application/json"}}
			}
			return &a, nil
		},
		Pause: func(_ context.Context, d time.Duration) error { pauses = append(pauses, d); return nil },
	}, &all, &pauses
}

func ok(body string) egress.Answer { return egress.Answer{Status: 200, Body: []byte(body)} }

func TestWhatIsSent(t *testing.T) {
	c := client(t, `{"baseUri": "https://api.example.com/v1", "headers": {"Authorization": "Bearer t", "X-Version": 3}, "query": {"key": "k", "page": 1}}`)
	for name, test := range map[string]struct {
		request func() (Request, error)
		url     string
		header  map[string]string
		body    string
	}{
		"get": {
			func() (Request, error) {
				return Called("GET", "/a?x=1", object(t, `{"page": 2, "ids": [1, 2], "none": null}`), nil, nil, "")
			},
			"GET https://api.example.com/v1/a?x=1&page=2&ids=1&ids=2&key=k", map[string]string{"Authorization": "Bearer t", "X-Version": "3"}, "",
		},
		"options": {
			func() (Request, error) {
				return Called("POST", "a", nil, object(t, `{"headers": {"x-version": null, "Content-Type": "text/csv"}, "auth": {"username": "u", "password": "p"}, "baseUri": "https://other.example"}`), []byte("1,2"), "application/json")
			},
			"POST https://other.example/a?key=k&page=1", map[string]string{"Authorization": "Basic dTpw", "X-Version": "", "Content-Type": "text/csv"}, "1,2",
		},
		"mapped": {
			func() (Request, error) {
				return Mapped("PUT", object(t, `{"path": "/u/{id}", "pathParameters": {"id": "a/b"}, "query": {"key": "own"}, "data": {"a": [1]}, "headers": {"Authorization": "Basic x"}}`))
			},
			"PUT https://api.example.com/v1/u/a%2Fb?key=own&page=1", map[string]string{"Authorization": "Basic x", "Content-Type": "application/json"}, `{"a":[1]}`,
		},
		"form": {
			func() (Request, error) {
				return Mapped("POST", object(t, `{"path": "https://other.example/x", "requestMapping": {"form": {"a": "b c", "n": [1, 2]}}}`))
			},
			"POST https://other.example/x?key=k&page=1", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "a=b+c&n=1&n=2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := test.request()
			if err != nil {
				t.Fatal(err)
			}
			way, all, _ := answers(ok(`{}`))
			if _, err := c.Do(t.Context(), way, r); err != nil {
				t.Fatal(err)
			}
			got := (*all)[0]
			if got.url != test.url || got.body != test.body {
				t.Errorf("sent %s %q, want %s %q", got.url, got.body, test.url, test.body)
			}
			for name, want := range test.header {
				if got.header.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
				}
			}
		})
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	for made, want := range map[string]string{
		`{"path": "/u/{id}", "pathParameters": {}}`:           "pathParameters.id: there is no value",
		`{"path": "/u", "data": 1, "form": {"a": 1}}`:         "data and form cannot both be there",
		`{"path": "/u", "query": {"a": {"b": 1}}}`:            "query.a: expected text, a number or a boolean",
		`{"path": "/u", "headers": {"A": "x\ny"}}`:            "headers.A: it holds a line break",
		`{"path": "/u", "header": {}}`:                        `"header" is not known here`,
		`{"path": 5}`:                                         "path: expected text",
		`{"path": "/u", "requestMapping": {"headers": "no"}}`: "headers: expected an object",
	} {
		if _, err := Mapped("GET", object(t, made)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", made, err, want)
		}
	}
	for options, want := range map[string]string{
		`{"responseType": "stream"}`: "options.responseType",
		`{"header": {}}`:             `options.header: "header" is not known here (did you mean "headers"?)`,
		`{"query": "a=b"}`:           "options.query: expected an object",
	} {
		if _, err := Called("GET", "/x", nil, object(t, options), nil, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", options, err, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	plain := http.Header{"Content-Type": {"text/plain"}}
	for name, test := range map[string]struct {
		as     ResponseType
		answer egress.Answer
		want   string // the data as JSON; or the error
		key    Key
		class  grant.Class
	}{
		"json":              {"", ok(`{"a":1}`), `{"a":1}`, "", ""},
		"empty":             {"", egress.Answer{Status: 204}, `null`, "", ""},
		"text":              {"", egress.Answer{Status: 200, Header: plain, Body: []byte("hi")}, `"hi"`, "", ""},
		"a form":            {"", egress.Answer{Status: 200, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, Body: []byte("a=1&b=x+y&b=z")}, `{"a":"1","b":["x y","z"]}`, "", ""},
		"json as text":      {"", egress.Answer{Status: 200, Header: plain, Body: []byte(`{"a":1}`)}, `{"a":1}`, "", ""},
		"text asked for":    {AsText, ok(`{"a":1}`), `"{\"a\":1}"`, "", ""},
		"json asked for":    {AsJSON, egress.Answer{Status: 200, Header: plain, Body: []byte("hi")}, "GET /x: the answer is no JSON", "", grant.Malformed},
		"broken json":       {"", ok(`{"a":`), "GET /x: the answer says that it is JSON and cannot be read as such", "", grant.Malformed},
		"deep":              {"", ok(strings.Repeat("[", 5000)), "GET /x: the answer says that it is JSON and cannot be read as such", "", grant.Malformed},
		"too many values":   {"", ok("[" + strings.Repeat("1,", 300_000) + "1]"), "GET /x: the answer holds too many values to be read", "", grant.Malformed},
		"expired":           {"", egress.Answer{Status: 401, Body: []byte(`{"message":"bad token"}`)}, "GET /x: the API answered 401 Unauthorized: bad token", AccessTokenExpired, grant.Reauth},
		"forbidden":         {"", egress.Answer{Status: 403, Body: []byte(`{"error":"no_scope","error_description":"ask more"}`)}, "GET /x: the API answered 403 Forbidden: no_scope: ask more", "", grant.Malformed},
		"down":              {"", egress.Answer{Status: 502, Header: plain, Body: []byte("bad\r\ngateway")}, "GET /x: the API answered 502 Bad Gateway: bad gateway", "", grant.Transient},
		"redirect is given": {"", egress.Answer{Status: 302}, "GET /x: the API answered 302 Found", "", grant.Malformed},
	} {
		way, _, _ := answers(test.answer)
		response, err := client(t, `{"baseUri": "https://a.example"}`).Do(t.Context(), way, Request{Method: "GET", Path: "/x", ResponseType: test.as})
		var e *Error
		if errors.As(err, &e) {
			if e.Message != test.want || e.Key != test.key || e.Class() != test.class {
				t.Errorf("%s: %q %q %q", name, e.Message, e.Key, e.Class())
			}
			continue
		}
		if text, _ := value.Encode(response.Data); string(text) != test.want {
			t.Errorf("%s: %s, want %s", name, text, test.want)
		}
	}
}

func TestResponseHandlers(t *testing.T) {
	c := client(t, `{"baseUri": "https://a.example", "responseHandlers": [
		{"match": {"$eval": {"$var": "response.data.error"}, "is": "gone"}, "error": {"key": "connection_is_defunct", "message": "it is gone"}},
		{"match": {"$eval": {"$var": "response.data.ok"}, "is": false}, "error": {"message": {"$concat": ["said ", {"$var": "response.data.error"}]}, "data": {"$var": "response.data.error"}}},
		{"match": {"$eval": {"$var": "response.status"}, "is": 404}, "isSuccess": true, "data": []},
		{"match": {"$eval": {"$var": "response.headers.x-wrapped"}, "is": "1"}, "data": {"$var": "response.data.inner"}},
		{"match": {"$eval": {"$var": "response.statusCode"}, "is": 403}, "error": {"key": "rate_limit_exceeded"}},
		{"match": {"$eval": {"$var": "response.statusCode"}, "is": 418}, "error": {"key": "teapot"}},
		{"match": {"$eval": {"$var": "response.statusCode"}, "is": 401}, "error": {"message": "sign in"}}
	]}`)
	for _, test := range []struct {
		answer egress.Answer
		want   string
	}{
		{ok(`{"ok":true}`), `{"ok":true}`},
		{ok(`{"error":"gone"}`), "connection_is_defunct it is gone"},
		{ok(`{"ok":false,"error":"x"}`), " said x"},
		{egress.Answer{Status: 404}, `[]`},
		{egress.Answer{Status: 200, Header: http.Header{"X-Wrapped": {"1"}, "Content-Type": {"application/json"}}, Body: []byte(`{"inner":7}`)}, `7`},
		{egress.Answer{Status: 403}, "rate_limit_exceeded GET /x: the API answered 403 Forbidden"},
		{egress.Answer{Status: 418}, ` GET /x: error.key: "teapot" is not known here (expected one of access_token_expired, connection_is_defunct, rate_limit_exceeded)`},
		{egress.Answer{Status: 401}, "access_token_expired sign in"},
		{egress.Answer{Status: 500}, " GET /x: the API answered 500 Internal Server Error"},
	} {
		way, _, _ := answers(test.answer)
		response, err := c.Do(t.Context(), way, Request{Method: "GET", Path: "/x"})
		var e *Error
		var got string
		if errors.As(err, &e) {
			got = string(e.Key) + " " + e.Message
		} else {
			text, _ := value.Encode(response.Data)
			got = string(text)
		}
		if got != test.want {
			t.Errorf("%d %s: %q, want %q", test.answer.Status, test.answer.Body, got, test.want)
		}
	}
	head := c.JudgeHead(403, http.Header{"Retry-After": {"7"}})
	if head == nil || head.Key != RateLimitExceeded || head.RetryAfter != 7*time.Second {
		t.Errorf("by its head: %+v", head)
	}
	if e := c.JudgeHead(200, nil); e != nil {
		t.Errorf("by its head: %+v", e)
	}
	if e := c.JudgeHead(401, nil); e == nil || e.Key != AccessTokenExpired {
		t.Errorf("by its head: %+v", e)
	}
}

func TestRenewal(t *testing.T) {
	expired := egress.Answer{Status: 401}
	newer := client(t, `{"baseUri": "https://a.example", "headers": {"Authorization": "Bearer new"}}`)
	for _, test := range []struct {
		answers []egress.Answer
		renew   error
		calls   int
		works   bool
	}{
		{[]egress.Answer{expired, ok(`1`)}, nil, 2, true},
		{[]egress.Answer{expired}, nil, 2, false}, // once only
		{[]egress.Answer{expired, ok(`1`)}, errors.New("refused"), 1, false},
	} {
		way, all, _ := answers(test.answers...)
		way.Renew = func(context.Context, *Client) (*Client, error) { return newer, test.renew }
		_, err := client(t, `{"baseUri": "https://a.example", "headers": {"Authorization": "Bearer old"}}`).
			Do(t.Context(), way, Request{Method: "POST", Path: "/x", Body: []byte("body")})
		if len(*all) != test.calls || (err == nil) != test.works {
			t.Errorf("%+v: %d calls, %v", test, len(*all), err)
		}
		if last := (*all)[len(*all)-1]; last.body != "body" || test.works && last.header.Get("Authorization") != "Bearer new" {
			t.Errorf("repeated as %+v", last)
		}
	}
}

func TestWaitingAndRetrying(t *testing.T) {
	limited := egress.Answer{Status: 429, Header: http.Header{"Retry-After": {"3"}}}
	for name, test := range map[string]struct {
		client, method string
		within         time.Duration
		answers        []egress.Answer
		calls          int
		works          bool
		pauses         []time.Duration // nil: not compared
	}{
		"retry after":        {`{}`, "POST", time.Minute, []egress.Answer{limited, ok(`1`)}, 2, true, []time.Duration{3 * time.Second}},
		"beyond the time":    {`{}`, "POST", 2 * time.Second, []egress.Answer{limited, ok(`1`)}, 1, false, []time.Duration{}},
		"limited for ever":   {`{}`, "GET", time.Hour, []egress.Answer{limited}, 5, false, nil},
		"without a time":     {`{}`, "GET", time.Hour, []egress.Answer{{Status: 429}}, 3, false, nil},
		"no rule":            {`{}`, "GET", time.Hour, []egress.Answer{{Status: 503}, ok(`1`)}, 1, false, nil},
		"a rule":             {`{"retry": {}}`, "GET", time.Hour, []egress.Answer{{Status: 503}, {Status: 500}, ok(`1`)}, 3, true, nil},
		"not idempotent":     {`{"retry": {}}`, "POST", time.Hour, []egress.Answer{{Status: 503}, ok(`1`)}, 1, false, nil},
		"idempotent by word": {`{"retry": {"methods": ["post"], "statuses": [503], "attempts": 2}}`, "POST", time.Hour, []egress.Answer{{Status: 503}, ok(`1`)}, 2, true, nil},
		"other statuses":     {`{"retry": {"statuses": [502]}}`, "GET", time.Hour, []egress.Answer{{Status: 503}, ok(`1`)}, 1, false, nil},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), test.within)
		way, all, pauses := answers(test.answers...)
		o := object(t, test.client)
		o.Set("baseUri", "https://a.example")
		c, err := Parse(o, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Do(ctx, way, Request{Method: test.method, Path: "/x"})
		cancel()
		if len(*all) != test.calls || (err == nil) != test.works || test.pauses != nil && !slices.Equal(*pauses, test.pauses) {
			t.Errorf("%s: %d calls, pauses %v, %v", name, len(*all), *pauses, err)
		}
	}
}

// Requests that were not sent are made again whatever their method, others only where that does no harm.
func TestRetryingAfterAFailureToSend(t *testing.T) {
	for _, sentBefore := range []bool{false, true} {
		calls := 0
		way := Way{
			Pause: func(context.Context, time.Duration) error { return nil },
			Send: func(*http.Request) (*egress.Answer, error) {
				if calls++; calls == 1 {
					return nil, &egress.Error{Reason: egress.Reset, Sent: sentBefore}
				}
				a := ok(`1`)
				return &a, nil
			},
		}
		_, err := client(t, `{"baseUri": "https://a.example", "retry": {}}`).Do(t.Context(), way, Request{Method: "POST", Path: "/x"})
		if (err == nil) == sentBefore {
			t.Errorf("sent before %v: %d calls, %v", sentBefore, calls, err)
		}
	}
}

func TestAuthorize(t *testing.T) {
	c := client(t, `{"headers": {"X-Api-Key": "ours", "Accept": "text/plain"}, "query": {"key": "k"}, "auth": {"username": "u", "password": "p"}}`)
	r, _ := http.NewRequest("GET", "https://a.example/x?a=1&key=theirs", nil)
	r.Header.Set("X-Api-Key", "theirs")
	r.Header.Set("Accept", "image/png")
	c.Authorize(r)
	user, _, _ := r.BasicAuth()
	if r.Header.Get("X-Api-Key") != "ours" || r.Header.Get("Accept") != "image/png" || user != "u" || r.URL.RawQuery != "a=1&key=theirs" {
		t.Errorf("%v %v", r.Header, r.URL)
	}
}

// Errors name the call without its query.
func TestErrorsHoldNoQueryAndNoHeader(t *testing.T) {
	c := client(t, `{"baseUri": "https://a.example", "query": {"api_key": "canary-1"}, "headers": {"X-Key": "canary-2"}, "auth": {"username": "canary-3", "password": "canary-4"}}`)
	way, _, _ := answers(egress.Answer{Status: 403})
	_, err := c.Do(t.Context(), way, Request{Method: "GET", Path: "/x?token=canary-5", BaseURI: ""})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Error(err)
	}
}

// FuzzRead holds that no answer makes the client panic, and that what it takes from one can be written as JSON.
func FuzzRead(f *testing.F) {
	f.Add(200, "application/json", `{"a":[1,2,{"b":null}]}`)
	f.Add(401, "text/html", "<title>no</title>")
	f.Add(429, "", "\ufeff[1")
	f.Add(500, "application/problem+json; charset=x", `{"error":{"code":1e999}}`)
	c := client(f, `{"baseUri": "https://a.example", "responseHandlers": [
		{"match": {"$eval": {"$var": "response.data.a"}, "is": 1}, "data": {"$var": "response.data"}},
		{"match": {"$eval": {"$var": "response.data.error"}, "isNotEmpty": true}, "error": {"message": {"$var": "response.data.error"}, "data": {"$var": "response"}}}]}`)
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		a := &egress.Answer{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
		for _, as := range []ResponseType{ByContent, AsJSON, AsText, AsBytes} {
			response, failed := c.read(Request{Method: "GET", Path: "/x", ResponseType: as}, a)
			var data any
			if failed != nil {
				data = failed.Data
				if strings.ContainsAny(failed.Message, "\r\n\x00") {
					t.Errorf("the message %q is not on one line", failed.Message)
				}
			} else {
				data = response.Data
			}
			if _, err := value.Encode(data); err != nil {
				t.Error(err)
			}
		}
	})
}
