package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// flowing is a server with a connection to an API whose answers flow.
type flowing struct {
	*testServer
	id    string
	began chan string // the calls that the API has begun to answer
	ended chan string
}

func openFlowing(t *testing.T) *flowing {
	t.Helper()
	f := &flowing{began: make(chan string, 10), ended: make(chan string, 10)}
	api := http.NewServeMux()
	api.HandleFunc("/api/me", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"id": 1}`) })
	api.HandleFunc("/api/events/{seconds}", f.events)
	api.HandleFunc("/api/upload", func(w http.ResponseWriter, r *http.Request) {
		f.began <- "upload"
		h := sha256.New()
		if _, err := io.Copy(h, r.Body); err != nil {
			return
		}
		io.WriteString(w, hex.EncodeToString(h.Sum(nil)))
	})
	api.HandleFunc("/api/socket", f.socket)
	s := httptest.NewServer(api)
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	f.testServer = startServer(t, "--egress-allow", "127.0.0.1", "--connectors", folder(t, "api-key"))
	f.Want(http.StatusOK, http.MethodPut, "/v1/integrations/api-key", map[string]any{"connector": "api-key", "parameters": map[string]any{"baseUrl": s.URL}})
	f.id, _ = f.Connect(map[string]any{"integration": "api-key", "parameters": map[string]any{"apiKey": "an-api-key-0123456789"}})
	return f
}

// events sends ten a second for so many seconds, and then says that it is over.
func (f *flowing) events(w http.ResponseWriter, r *http.Request) {
	var seconds int
	fmt.Sscan(r.PathValue("seconds"), &seconds)
	w.Header().Set("Content-Type", "text/event-stream")
	f.began <- "events"
	for range 10 * seconds {
		fmt.Fprint(w, "data: more\n\n")
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			f.ended <- "events"
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
	fmt.Fprint(w, "data: over\n\n")
}

// socket answers lines in another protocol.
func (f *flowing) socket(w http.ResponseWriter, _ *http.Request) {
	c, b, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	f.began <- "socket"
	for {
		line, err := b.ReadString('\n')
		if err != nil {
			f.ended <- "socket"
			return
		}
		io.WriteString(c, "got "+line)
	}
}

func (f *flowing) call(method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequest(method, f.URL+"/v1/connections/"+f.id+"/proxy"+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+adminKey)
	return http.DefaultClient.Do(r)
}

// open opens a WebSocket, as far as that matters here.
func (f *flowing) open() (net.Conn, *bufio.Reader) {
	f.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(f.URL, "http://"))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	io.WriteString(c, "GET /v1/connections/"+f.id+"/proxy/socket HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "+adminKey+"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	b := bufio.NewReader(c)
	a, err := http.ReadResponse(b, nil)
	if err != nil || a.StatusCode != http.StatusSwitchingProtocols {
		f.t.Fatal(a, err)
	}
	return c, b
}

// terminate tells the server to stop.
func (f *flowing) terminate() (began time.Time) {
	f.t.Helper()
	if err := f.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		f.t.Fatal(err)
	}
	began = time.Now()
	eventually(f.t, 5*time.Second, "it stops", func() bool { return strings.Contains(f.Log(), "msg=stopping") })
	return began
}

// exits wants the server to end in order.
func (f *flowing) exits(began time.Time, least, most time.Duration) {
	f.t.Helper()
	select {
	case err := <-f.done:
		if took := time.Since(began); err != nil || took < least || took > most {
			f.t.Errorf("it ended after %s: %v", took, err)
		}
	case <-time.After(40 * time.Second):
		f.t.Error("it does not end")
		f.cmd.Process.Kill()
		<-f.done
	}
}

// What flows when the server is told to stop flows to its end: events, an upload, a WebSocket; then it stops at once.
func TestStopWaitsForStreams(t *testing.T) {
	t.Parallel()
	f := openFlowing(t)
	outcome := make(chan error, 2)
	go func() {
		a, err := f.call("GET", "/events/3", nil)
		if err == nil {
			defer a.Body.Close()
			var all []byte
			if all, err = io.ReadAll(a.Body); err == nil && (!strings.HasSuffix(string(all), "data: over\n\n") || strings.Count(string(all), "more") != 30) {
				err = fmt.Errorf("lost events: %q", all)
			}
		}
		outcome <- err
	}()
	content := make([]byte, 32<<20)
	rand.Read(content)
	sum := sha256.Sum256(content)
	read, write := io.Pipe()
	go func() {
		a, err := f.call("PUT", "/upload", read)
		if err == nil {
			defer a.Body.Close()
			var all []byte
			if all, err = io.ReadAll(a.Body); err == nil && string(all) != hex.EncodeToString(sum[:]) {
				err = fmt.Errorf("the upload became %d %q", a.StatusCode, all)
			}
		}
		outcome <- err
	}()
	write.Write(content[:1<<20])
	socket, lines := f.open()
	say := func(text string) {
		t.Helper()
		io.WriteString(socket, text+"\n")
		if line, err := lines.ReadString('\n'); line != "got "+text+"\n" {
			t.Errorf("%q, %v", line, err)
		}
	}
	say("before")
	for range 3 {
		<-f.began
	}
	began := f.terminate()
	for part := content[1<<20:]; len(part) > 0; part = part[1<<20:] {
		write.Write(part[:1<<20])
		time.Sleep(60 * time.Millisecond)
	}
	write.Close()
	for range 2 {
		if err := <-outcome; err != nil {
			t.Error(err)
		}
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(f.URL, "http://")); err == nil {
		t.Error("it still takes connections")
	}
	time.Sleep(time.Until(began.Add(5 * time.Second))) // all that is HTTP has ended long since
	say("after")
	socket.Close()
	f.exits(began, 5*time.Second, 8*time.Second)
}

// What never ends is ended, in time, on both sides.
func TestStopEndsEndlessStreams(t *testing.T) {
	t.Parallel()
	f := openFlowing(t)
	a, err := f.call("GET", "/events/600", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	socket, lines := f.open()
	io.WriteString(socket, "still here\n")
	lines.ReadString('\n')
	began := f.terminate()
	ended := make(chan time.Duration, 1)
	go func() {
		_, err := io.ReadAll(a.Body)
		if err == nil {
			t.Error("events that were cut off look whole")
		}
		ended <- time.Since(began)
	}()
	if _, err := lines.ReadString('\n'); err == nil {
		t.Error("a line that nobody sent")
	}
	for _, took := range []time.Duration{time.Since(began), <-ended} {
		if took < 15*time.Second || took > 25*time.Second {
			t.Errorf("a stream had %s", took)
		}
	}
	for range 2 {
		select {
		case <-f.ended:
		case <-time.After(5 * time.Second):
			t.Error("the API still holds a call")
		}
	}
	f.exits(began, 15*time.Second, 30*time.Second)
}
