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
			response := &http.Response{Body: slow(every)}
			w.answered(response)
			go io.Copy(io.Discard, response.Body)
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
		response := &http.Response{Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 64<<20)))}
		w.answered(response)
		_, err := io.Copy(c.Response(), response.Body)
		return err
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

// A caller that does not read what is written while the API has not answered yet, statuses 1xx, holds nobody for ever either.
func TestWatchEndsUnreadStatuses(t *testing.T) {
	s, ended := watching(t, 200*time.Millisecond, time.Minute, func(w *watch, c echo.Context) error {
		for w.ctx.Err() == nil {
			c.Response().Header().Set("Link", strings.Repeat("x", 64<<10))
			c.Response().Writer.WriteHeader(103)
		}
		return context.Cause(w.ctx)
	})
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := comesTo(t, ended); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
