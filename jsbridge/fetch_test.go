package jsbridge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// throughHTTP is a Fetch over the real network, as simple as can be.
func throughHTTP(ctx context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for _, h := range r.Header {
		request.Header.Add(h[0], h[1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, r.MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > r.MaxBytes {
		return nil, fmt.Errorf("reading: %w", jsbridge.ErrMaxBytes)
	}
	answer := &jsbridge.FetchResponse{Status: response.StatusCode, StatusText: http.StatusText(response.StatusCode), URL: response.Request.URL.String(), Body: body}
	for name, values := range response.Header {
		for _, v := range values {
			answer.Header = append(answer.Header, [2]string{name, v})
		}
	}
	return answer, nil
}

// provider is a token endpoint and a few odd answers.
func provider(t *testing.T) string {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			http.Error(w, "not a form", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "at:%s", "refresh_token": "rt", "expires_in": 3600, "form": %q}`, r.Form.Get("code"), r.Form.Encode())
	})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Method", r.Method)
		w.Header().Set("X-Type", r.Header.Get("Content-Type"))
		w.Header().Set("X-Auth", r.Header.Get("Authorization"))
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Write(body)
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(150 * time.Millisecond):
		case <-r.Context().Done():
		}
		fmt.Fprint(w, r.URL.RawQuery)
	})
	mux.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/big/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		w.Write(bytes.Repeat([]byte("x"), n))
	})
	mux.HandleFunc("/deep", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.Repeat("[", 5e6)) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// fetching runs go({base}) with the network.
func fetching(p *jsbridge.Pool, base, source string, limits jsbridge.Limits) (any, error) {
	return p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Script: folder("a.js", source), Args: value.Of("base", base), Fetch: throughHTTP, Limits: limits,
	})
}

func TestHooksInTheStyleOfTheFormat(t *testing.T) {
	p, base := newPool(t, 1), provider(t)
	now := time.UnixMilli(1700000000000)
	args := value.Of(
		"connectorParameters", value.Of("tokenUri", base+"/token", "clientId", "id", "clientSecret", "s e&c"),
		"connectionParameters", value.Of(), "codeVerifier", "v", "redirectUri", "https://app.example/cb",
		"queryParameters", value.Of("code", "c1"), "credentials", value.Of("refresh_token", "old"),
		"tokenResponse", value.Of("access_token", "t"),
	)
	for name, test := range map[string]struct{ method, source, want string }{
		"token request": {"getTokenData", `
			exports.getTokenData = async function({ connectorParameters, connectionParameters, codeVerifier, queryParameters, redirectUri }) {
			  const answer = await fetch(connectorParameters.tokenUri, {
			    method: 'POST',
			    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
			    body: new URLSearchParams({ code: queryParameters.code, client_secret: connectorParameters.clientSecret, code_verifier: codeVerifier })
			  });
			  return await answer.json();
			};`, `{"access_token":"at:c1","refresh_token":"rt","expires_in":3600,"form":"client_secret=s+e%26c&code=c1&code_verifier=v"}`},
		"renewal": {"refreshCredentials", `
			exports.refreshCredentials = async function({ connectorParameters, credentials }) {
			  const answer = await fetch(connectorParameters.tokenUri, {
			    method: 'POST',
			    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
			    body: new URLSearchParams({ refresh_token: credentials.refresh_token })
			  });
			  const renewed = await answer.json();
			  return {
			    access_token: renewed.access_token,
			    refresh_token: renewed.nothing || credentials.refresh_token,
			    expires_at: renewed.expires_in ? Math.floor((Date.now() + renewed.expires_in * 1000) / 60000) : undefined,
			    left: renewed.nothing ? 1 : undefined
			  };
			};`, `{"access_token":"at:","refresh_token":"old","expires_at":28333393}`},
		"json body": {"getTokenData", `
			exports.getTokenData = async ({ connectorParameters, tokenResponse }) => {
			  const answer = await fetch(connectorParameters.tokenUri.replace('/token', '/echo'), {
			    method: 'POST',
			    headers: { 'Content-Type': 'application/json', Authorization: ` + "`Bearer ${tokenResponse.access_token}`" + ` },
			    body: JSON.stringify({ a: ['ü'] })
			  });
			  return { data: await answer.json(), type: answer.headers.get('x-type'), auth: answer.headers.get('X-AUTH'), ok: answer.ok };
			};`, `{"data":{"a":["ü"]},"type":"application/json","auth":"Bearer t","ok":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := p.Call(context.Background(), jsbridge.Call{
				Connector: "demo", Method: test.method, Script: folder("auth/a.js", test.source), Args: args, Fetch: throughHTTP, Now: now,
			})
			if err != nil {
				t.Fatal(err)
			}
			if text := jsonText(t, got); text != test.want {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestFetch(t *testing.T) {
	p, base := newPool(t, 1), provider(t)
	for source, want := range map[string]string{
		`(await fetch(base + '/status/404')).ok`:                                                                                                                        `false`,
		`(await fetch(base + '/status/204')).text()`:                                                                                                                    `""`,
		`(await fetch(new URL('/echo', base), {method: 'put', body: 'ü'})).headers.get('x-method')`:                                                                     `"PUT"`,
		`(await fetch(base + '/echo', {method: 'POST', body: 'ü'})).headers.get('x-type')`:                                                                              `"text/plain;charset=UTF-8"`,
		`(await fetch(base + '/echo', {method: 'POST', body: new URLSearchParams('a=1')})).headers.get('x-type')`:                                                       `"application/x-www-form-urlencoded;charset=UTF-8"`,
		`[...new Uint8Array(await (await fetch(base + '/echo', {method: 'POST', body: new Uint8Array([0, 255, 1])})).arrayBuffer())]`:                                   `[0,255,1]`,
		`(await fetch(new Request(base + '/echo', {method: 'POST', body: 'r'}))).text()`:                                                                                `"r"`,
		`(await fetch(base + '/echo')).headers.getSetCookie()`:                                                                                                          `["a=1","b=2"]`,
		`(await fetch(base + '/status/200')).url === base + '/status/200'`:                                                                                              `true`,
		`fetch('nope').catch(e => e.name + ': ' + e.message)`:                                                                                                           `"TypeError: Failed to parse URL from nope"`,
		`fetch('http://127.0.0.1:1/').catch(e => e.name + ' ' + e.message.startsWith('fetch failed: ') + ' ' + e.message.includes('refused'))`:                          `"TypeError true true"`,
		`fetch(base, {body: 'x'}).catch(e => e.message)`:                                                                                                                `"Request with GET/HEAD method cannot have body."`,
		`fetch(base + '/hang', {signal: AbortSignal.timeout(30)}).catch(e => e.name)`:                                                                                   `"TimeoutError"`,
		`(() => { const c = new AbortController(); setTimeout(() => c.abort(), 20); return fetch(base + '/hang', {signal: c.signal}).catch(e => [e.name, e.code]) })()`: `["AbortError",20]`,
		`fetch(base, {signal: AbortSignal.abort('why')}).catch(e => e)`:                                                                                                 `"why"`,
		`fetch(base + '/deep').then(r => r.json()).catch(e => e.name)`:                                                                                                  `"SyntaxError"`,
		`fetch(base + '/echo', {method: 'POST', body: '{'}).then(r => r.json()).catch(e => e.name)`:                                                                     `"SyntaxError"`,
		`(async () => { const r = await fetch(base + '/echo', {method: 'POST', body: 'b'}); const c = r.clone(); return [await r.text(), await c.text(), r.bodyUsed, await r.text().catch(e => e.name)] })()`: `["b","b",true,"TypeError"]`,
	} {
		t.Run(source, func(t *testing.T) {
			got, err := fetching(p, base, "exports.go = async ({base}) => ("+source+")", jsbridge.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if text := jsonText(t, got); text != want {
				t.Errorf("got %s, want %s", text, want)
			}
		})
	}
}

func TestFetchesRunTogether(t *testing.T) {
	p, base := newPool(t, 1), provider(t)
	begin := time.Now()
	got, err := fetching(p, base, `exports.go = async ({base}) => {
		const all = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => fetch(base + '/slow?' + n)));
		return Promise.all(all.map((r) => r.text()));
	}`, jsbridge.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if text := jsonText(t, got); text != `["1","2","3","4","5","6"]` {
		t.Errorf("got %s", text)
	}
	if took := time.Since(begin); took > 600*time.Millisecond {
		t.Errorf("six requests of 150 ms took %s", took)
	}
}

func TestFetchLimits(t *testing.T) {
	p, base := newPool(t, 1), provider(t)
	for name, test := range map[string]struct {
		source, at, limit string
		limits            jsbridge.Limits
	}{
		"fetches":             {"exports.go = async ({base}) => {\n  for (;;) {\n    try { await fetch(base + '/echo') } catch {}\n  }\n}", "a.js:3:", "fetches", jsbridge.Limits{Fetches: 3}},
		"bytes":               {"exports.go = async ({base}) => {\n  for (;;) {\n    try { await fetch(base + '/big/5000') } catch {}\n  }\n}", "a.js:3:", "bytes", jsbridge.Limits{Bytes: 12000}},
		"wall while it waits": {"exports.go = async ({base}) => {\n  await fetch(base + '/hang')\n}", "a.js:2:", "wall", jsbridge.Limits{Wall: 200 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fetching(p, base, test.source, test.limits)
			e := failed(t, err)
			if e.Limit != test.limit || !strings.HasPrefix(e.Error(), test.at) {
				t.Errorf("got %q %v", e.Limit, e)
			}
		})
	}
}

// A fetch that nobody waits for ends with its call, and its answer reaches no later one.
func TestFetchEndsWithTheCall(t *testing.T) {
	p := newPool(t, 1)
	var begun, ended atomic.Int32
	fetch := func(ctx context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
		begun.Add(1)
		<-ctx.Done()
		ended.Add(1)
		return &jsbridge.FetchResponse{Status: 200, Body: []byte("late")}, nil
	}
	for range 20 {
		_, err := p.Call(context.Background(), jsbridge.Call{
			Connector: "demo", Method: "go", Fetch: fetch,
			Script: folder("a.js", `exports.go = async () => { fetch('https://a.example/'); fetch('https://b.example/'); return 1 }`),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(2 * time.Second); ended.Load() < begun.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d requests were ended", ended.Load(), begun.Load())
		}
	}
}

func TestFetchErrorsHideNothingAndBreakNothing(t *testing.T) {
	p := newPool(t, 1)
	fetch := func(context.Context, jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
		return nil, errors.New("evil.example is not among\nthe allowed hosts")
	}
	_, err := p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Fetch: fetch,
		Script: folder("a.js", "exports.go = async () => {\n  await fetch('https://evil.example/')\n}"),
	})
	wantError(t, err, "a.js:2:14", "TypeError: fetch failed: evil.example is not among the allowed hosts")
	_, err = call(p, folder("a.js", "exports.go = () => fetch('https://a.example/')"), nil)
	wantError(t, err, "a.js:1:25", "this call has no network")
}

// Answers that arrive at the same time share the limit of the call.
func TestParallelAnswersShareTheLimit(t *testing.T) {
	p := newPool(t, 1)
	var most, now atomic.Int64
	_, err := p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Limits: jsbridge.Limits{Bytes: 1 << 20},
		Script: folder("a.js", "exports.go = () => Promise.all(Array.from({length: 8}, () => fetch('https://a.example').then((r) => r.text())))"),
		Fetch: func(_ context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
			for range 60 {
				if n := now.Add(16 << 10); n > most.Load() {
					most.Store(n)
				}
				if err := r.Received(16 << 10); err != nil {
					return nil, err
				}
				time.Sleep(time.Millisecond)
			}
			return &jsbridge.FetchResponse{Status: 200, Body: make([]byte, 60*16<<10)}, nil
		},
	})
	if e := failed(t, err); e.Limit != "bytes" || most.Load() > 1<<20+8*16<<10 {
		t.Errorf("%+v after %d bytes", e, most.Load())
	}
}

// What a hook sends at once is bounded, and so is the head of an answer; both are told.
func TestRequestsAndHeadsThatAreTooLarge(t *testing.T) {
	p := newPool(t, 1)
	for source, part := range map[string]string{
		"fetch('https://a.example', {method: 'POST', body: new Uint8Array(20 << 20)})":                                     "the body of the request is larger than 16 MiB",
		"Promise.all([1, 2].map(() => fetch('https://a.example/slow', {method: 'POST', body: new Uint8Array(10 << 20)})))": "the requests that are under way at once are larger than 16 MiB",
		"fetch('https://a.example/head')": "the header of the answer is too large",
	} {
		_, err := p.Call(context.Background(), jsbridge.Call{
			Connector: "demo", Method: "go", Script: folder("a.js", "exports.go = async () => { await "+source+" }"),
			Fetch: func(ctx context.Context, r jsbridge.FetchRequest) (*jsbridge.FetchResponse, error) {
				answer := &jsbridge.FetchResponse{Status: 200}
				switch {
				case strings.HasSuffix(r.URL, "/slow"):
					select {
					case <-ctx.Done():
					case <-time.After(time.Second):
					}
				case strings.HasSuffix(r.URL, "/head"):
					answer.Header = [][2]string{{"X-A", strings.Repeat("<", 300<<10)}}
				}
				return answer, nil
			},
		})
		if e := failed(t, err); !strings.Contains(e.Message, part) {
			t.Errorf("got %v, want …%s…", e, part)
		}
	}
}
