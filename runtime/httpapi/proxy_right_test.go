package httpapi_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
)

// rights are ways to be allowed a call through con_1, and their ends.
var rights = map[string]func(r *rig) (header http.Header, end func(), status int, code string){
	"a key is revoked by another process": func(r *rig) (http.Header, func(), int, string) {
		key, text, err := runtime.CreateKey(r.Context(), r.store, runtime.APIKey{Scopes: []runtime.Scope{runtime.ScopeUse}}, time.Now())
		r.ok(err)
		return http.Header{"Authorization": {"Bearer " + text}}, func() { r.ok(r.store.DeleteKey(r.Context(), key.ID)) }, 401, "unauthorized"
	},
	"a session is ended": func(r *rig) (http.Header, func(), int, string) {
		made := r.do("POST", "/v1/sessions", http.Header{"Content-Type": {"application/json"}}, strings.NewReader(`{"owner": "tenant", "origins": ["https://app.example"]}`))
		var session struct{ ID, Token string }
		r.ok(json.Unmarshal([]byte(made.body), &session))
		return http.Header{"Authorization": {"Bearer " + session.Token}, "Origin": {"https://app.example"}},
			func() { r.do("DELETE", "/v1/sessions/"+session.ID, nil, nil) }, 401, "unauthorized"
	},
	"the connection is deleted": func(r *rig) (http.Header, func(), int, string) {
		return http.Header{}, func() { r.do("DELETE", "/v1/connections/con_1", nil, nil) }, 404, "not_found"
	},
}

// rightEnds is how long a stream may outlive its right here: a busy machine takes its time.
const rightEnds = 10 * time.Second

// What is under way ends with the right to it: streams, calls that wait for an answer, and WebSockets.
func TestProxyEndsWithItsRight(t *testing.T) {
	for name, right := range rights {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, makeClient)
			header, end, status, code := right(r)
			gone := make(chan bool, 3)
			r.api.on(func(w http.ResponseWriter, q *http.Request) { streamFor(w, q, gone) })
			began := time.Now()
			events := r.open(proxyPath+"/events", header)
			socket := r.upgrade(proxyPath+"/socket", header)
			waiting := make(chan answer, 1)
			go func() {
				a, _ := r.try("GET", proxyPath+"/wait", header, nil)
				waiting <- a
			}()
			for time.Since(began) < 1500*time.Millisecond { // with its right it goes on
				line, err := events.ReadString('\n')
				r.ok(err)
				if _, err := socket.Write([]byte(line)); err != nil {
					t.Fatal(err)
				}
			}
			end()
			ended := time.AfterFunc(rightEnds, func() { t.Error("it goes on"); r.Server.CloseClientConnections() })
			defer ended.Stop()
			if _, err := io.Copy(io.Discard, events); err == nil {
				t.Error("the stream ends as if it were whole")
			}
			_, _ = io.Copy(io.Discard, socket)
			r.problem(<-waiting, status, code)
			for range 3 {
				<-gone
			}
		})
	}
}

// streamFor answers with events, echoes what comes in another protocol, or does not answer, until the other side goes.
func streamFor(w http.ResponseWriter, q *http.Request, gone chan<- bool) {
	defer func() { gone <- true }()
	switch q.URL.Path {
	case "/base/socket":
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(conn, both)
	case "/base/wait":
		<-q.Context().Done()
	default:
		w.Header().Set("Content-Type", "text/event-stream")
		for q.Context().Err() == nil {
			_, _ = io.WriteString(w, "data: x\n")
			_ = http.NewResponseController(w).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// open begins to read an answer.
func (r *rig) open(path string, header http.Header) *bufio.Reader {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.URL+path, nil)
	r.ok(err)
	request.Header = header.Clone()
	if header.Get("Authorization") == "" {
		request.Header.Set("Authorization", "Bearer "+testKey)
	}
	response, err := plainClient.Do(request)
	r.ok(err)
	r.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		r.Fatal(response.Status)
	}
	return bufio.NewReader(response.Body)
}

// upgrade switches to another protocol.
func (r *rig) upgrade(path string, header http.Header) net.Conn {
	r.Helper()
	conn, err := net.Dial("tcp", r.Listener.Addr().String())
	r.ok(err)
	r.Cleanup(func() { conn.Close() })
	request, err := http.NewRequestWithContext(r.Context(), http.MethodGet, r.URL+path, nil)
	r.ok(err)
	request.Header = header.Clone()
	if header.Get("Authorization") == "" {
		request.Header.Set("Authorization", "Bearer "+testKey)
	}
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "echo")
	r.ok(request.Write(conn))
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	r.ok(err)
	if response.StatusCode != http.StatusSwitchingProtocols {
		r.Fatal(response.Status)
	}
	return conn
}
