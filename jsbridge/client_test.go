package jsbridge_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// echoing is an API client that gives back what it was asked; some paths fail.
func echoing(ctx context.Context, r jsbridge.ClientRequest) (*jsbridge.ClientResponse, error) {
	switch r.Path {
	case "/gone":
		return nil, &jsbridge.ClientError{
			Message: "GET /gone: the API\nsaid no", Status: 410, Key: "connection_is_defunct", Code: "gone",
			Data: value.Of("error", "gone"), RetryAfter: 1500 * time.Millisecond,
		}
	case "/broken":
		return nil, errors.New("not sent")
	case "/bytes":
		return &jsbridge.ClientResponse{Status: 200, Bytes: []byte{1, 2, 3}}, nil
	case "/nothing":
		return &jsbridge.ClientResponse{Status: 204, Data: value.Undefined}, nil
	case "/hang":
		deadline, ok := ctx.Deadline()
		if !ok || time.Until(deadline) > time.Minute {
			return nil, errors.New("there is no deadline")
		}
		<-ctx.Done()
		return nil, ctx.Err()
	case "/big":
		for range 100 {
			if err := r.Received(1000); err != nil {
				return nil, err
			}
		}
	}
	return &jsbridge.ClientResponse{
		Status: 201, Header: [][2]string{{"X-One", "1"}, {"X-Two", "a"}, {"X-Two", "b"}},
		Data: value.Of("said", fmt.Sprint(r.Method, " ", r.Path, " ", shown(r.Query), " ", shown(r.Options), " ", string(r.Body), " ", r.ContentType)),
	}, nil
}

func shown(o *value.Object) string {
	if o == nil {
		return "-"
	}
	text, _ := value.Encode(o)
	return string(text)
}

func clientCall(p *jsbridge.Pool, source string, limits jsbridge.Limits) (any, error) {
	return p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Client: echoing, Limits: limits,
		Script: folder("a.js", "exports.go = async ({apiClient, externalApiClient}) => {\n"+source+"\n}"),
	})
}

func TestClient(t *testing.T) {
	p := newPool(t, 1)
	for source, want := range map[string]string{
		"return (await apiClient.get('/me')).said":                                                                                                 `"GET /me - {}  "`,
		"return (await externalApiClient.get('/me', {a: 1, b: [2]}, {headers: {X: 'y'}})).said":                                                    `"GET /me {\"a\":1,\"b\":[2]} {\"headers\":{\"X\":\"y\"}}  "`,
		"return (await apiClient.get('/me', new URLSearchParams('a=1&a=2'))).said":                                                                 `"GET /me {\"a\":[\"1\",\"2\"]} {}  "`,
		"return (await apiClient.post('/x', {a: new Date(0), u: undefined})).said":                                                                 `"POST /x - {} {\"a\":\"1970-01-01T00:00:00.000Z\"} application/json"`,
		"return (await apiClient.put('/x', 'text', {query: {q: 1}})).said":                                                                         `"PUT /x - {\"query\":{\"q\":1}} text text/plain;charset=UTF-8"`,
		"return (await apiClient.patch('/x', new URLSearchParams({a: 'b c'}))).said":                                                               `"PATCH /x - {} a=b+c application/x-www-form-urlencoded;charset=UTF-8"`,
		"return (await apiClient.delete('/x', null, {})).said":                                                                                     `"DELETE /x - {}  "`,
		"return apiClient.get('/me', null, {returnFullResponse: true})":                                                                            `{"status":201,"statusCode":201,"headers":{"x-one":"1","x-two":"a, b"},"data":{"said":"GET /me - {}  "}}`,
		"return [...new Uint8Array(await apiClient.get('/bytes'))]":                                                                                `[1,2,3]`,
		"return (await apiClient.get('/nothing')) === undefined":                                                                                   `true`,
		"return Promise.all(['a', 'b'].map(async (n) => (await apiClient.get(n)).said))":                                                           `["GET a - {}  ","GET b - {}  "]`,
		"try { await apiClient.get('/gone') } catch (e) { return [e instanceof Error, e.message, e.status, e.key, e.code, e.data, e.retryAfter] }": `[true,"GET /gone: the API said no",410,"connection_is_defunct","gone",{"error":"gone"},1.5]`,
		"try { await apiClient.get('/broken') } catch (e) { return [e.message, 'status' in e, 'key' in e] }":                                       `["not sent",false,false]`,
		"try { await apiClient.get() } catch (e) { return e.message }":                                                                             `"apiClient.get: expected a path or URL as the first argument"`,
		"try { await apiClient.get('/x', 'a=b') } catch (e) { return e.message }":                                                                  `"apiClient: expected an object as query"`,
		"try { await apiClient.post('/x', {a: [NaN]}) } catch (e) { return e.message }":                                                            `"the data's a[0] is NaN, which JSON cannot hold"`,
		"try { const a = {}; a.a = a; await apiClient.post('/x', a) } catch (e) { return e.message }":                                              `"the data's a is a cycle: it holds itself"`,
		"JSON.parse = JSON.stringify = () => { throw new Error('poisoned') }; return (await apiClient.post('/x', {})).said":                        `"POST /x - {} {} application/json"`,
	} {
		got, err := clientCall(p, source, jsbridge.Limits{})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if text := jsonText(t, got); text != want {
			t.Errorf("%s: %s, want %s", source, text, want)
		}
	}
}

func TestClientFailures(t *testing.T) {
	p := newPool(t, 1)
	for name, test := range map[string]struct {
		source, want, limit string
		limits              jsbridge.Limits
	}{
		"thrown on":     {"  await apiClient.get('/gone')", "a.js:2:22: GET /gone: the API said no", "", jsbridge.Limits{}},
		"too many":      {"for (;;) await apiClient.get('/x')", "a.js:2:", "fetches", jsbridge.Limits{Fetches: 3}},
		"too much":      {"try { await apiClient.get('/big') } catch {}", "a.js:2:", "bytes", jsbridge.Limits{Bytes: 50_000}},
		"too long":      {"await apiClient.get('/hang')", "a.js:2:", "wall", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"in the result": {"return {apiClient}", "a.js:1:1: the result's apiClient.get is a function", "", jsbridge.Limits{}},
	} {
		_, err := clientCall(p, test.source, test.limits)
		e := failed(t, err)
		if !strings.HasPrefix(e.Error(), test.want) || e.Limit != test.limit {
			t.Errorf("%s: %v (%s)", name, e, e.Limit)
		}
	}
	_, err := clientCall(p, "await apiClient.get('/gone')", jsbridge.Limits{})
	if e := failed(t, err); e.Code != "gone" || e.RetryAfter != 1500*time.Millisecond {
		t.Errorf("%+v", e)
	}
}

// A call that has no client has no such argument.
func TestWithoutAClient(t *testing.T) {
	p := newPool(t, 1)
	wantJSON(t, p, folder("a.js", "exports.go = (a) => ['apiClient' in a, 'externalApiClient' in a]"), `[false,false]`)
}
