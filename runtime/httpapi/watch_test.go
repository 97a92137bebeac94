package httpapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
)

// watching serves calls that f makes under a watch, and returns what each came to.
func watching(t *testing.T, answer, idle time.Duration, f func(*watch, echo.Context) error) (*httptest.Server, chan error) {
	ended := make(chan error, 1)
	e := echo.New()
	e.Any("/", func(c echo.Context) error {
		w := newWatch(c, answer, idle)
		defer w.end()
		ended <- f(w, c)
		return nil
	})
	s := httptest.NewServer(e)
	t.Cleanup(s.Close)
	return s, ended
}

// A call that stands still ends with its connection, and leaves nothing behind; one that does not leaves the connection to the
// next.
func TestWatchEndsConnections(t *testing.T) {
	var open Connections
	e := echo.New()
	calls := make(chan error, 3)
	e.GET("/:limit", func(c echo.Context) error {
		limit, _ := time.ParseDuration(c.Param("limit"))
		w := newWatch(c, limit, limit)
		defer w.end()
		if !w.shared {
			t.Error("the call has a context of its own")
		}
		select {
		case <-w.ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
		calls <- context.Cause(w.ctx)
		w.failed(nil)
		return c.String(http.StatusOK, c.RealIP())
	})
	s := httptest.NewUnstartedServer(e)
	s.Config.ConnContext, s.Config.ConnState = open.Context, open.State
	s.Start()
	for _, call := range []struct {
		limit string
		want  error
	}{{"10s", nil}, {"100ms", context.DeadlineExceeded}, {"10s", nil}} {
		answer, err := http.Get(s.URL + "/" + call.limit)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if cause := comesTo(t, calls); !errors.Is(cause, call.want) || answer.Close != (call.want != nil) {
			t.Errorf("%s: %v, the connection is closed: %t", call.limit, cause, answer.Close)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	s.Close()
	for range open.open.Range {
		t.Error("a connection is remembered that is closed")
	}
}

func comesTo(t *testing.T, ended chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
		return nil
	}
}

// An API that does not answer is given up; one whose answer flows, however slowly, is not.
func TestWatch(t *testing.T) {
	s, ended := watching(t, 200*time.Millisecond, 200*time.Millisecond, func(w *watch, c echo.Context) error {
		<-w.ctx.Done()
		return context.Cause(w.ctx)
	})
	http.Get(s.URL)
	if err := comesTo(t, ended); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	slow := func(every time.Duration) io.ReadCloser {
		r, w := io.Pipe()
		go func() {
			for range 8 {
				time.Sleep(every)
				w.Write([]byte("x"))
			}
			w.Close()
		}()
		return r
	}
	for every, flows := range map[time.Duration]bool{100 * time.Millisecond: true, 900 * time.Millisecond: false} {
		s, ended = watching(t, 400*time.Millisecond, 400*time.Millisecond, func(w *watch, c echo.Context) error {
			w.answered()
			go w.copy(httptest.NewRecorder(), slow(every), false)
			select {
			case <-w.ctx.Done():
				return context.Cause(w.ctx)
			case <-time.After(750 * time.Millisecond):
				return nil
			}
		})
		http.Get(s.URL)
		if err := comesTo(t, ended); (err == nil) != flows {
			t.Errorf("a byte every %s: %v", every, err)
		}
	}
}

// A caller that sends nothing, and one that reads nothing, hold nobody for ever.
func TestWatchEndsSilentCallers(t *testing.T) {
	s, ended := watching(t, 200*time.Millisecond, 200*time.Millisecond, func(w *watch, c echo.Context) error {
		_, err := io.Copy(io.Discard, w.watched(c.Request()).Body)
		return err
	})
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
	if err := comesTo(t, ended); err == nil {
		t.Error("the body is whole")
	}
	s, ended = watching(t, 200*time.Millisecond, 200*time.Millisecond, func(w *watch, c echo.Context) error {
		w.answered()
		return w.copy(c.Response(), strings.NewReader(strings.Repeat("x", 64<<20)), false)
	})
	if c, err = net.Dial("tcp", s.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := comesTo(t, ended); err == nil {
		t.Error("the answer was read")
	}
}
