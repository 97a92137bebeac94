package httpapi

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// watched is the request with a body that tells when it moves, and that may still be read when the answer has begun.
func (w *watch) watched(r *http.Request) *http.Request {
	if w.hasBody {
		_ = w.control().EnableFullDuplex() // there is nothing to be enabled but in HTTP/1
		w.body = &watchedBody{ReadCloser: r.Body, watch: w}
		copied := *r // the server looks at its own body to tell what is left unread on the connection
		copied.Body = w.body
		return &copied
	}
	return r
}

// copy passes a body on as it comes, each piece at once if it flushes. Its error is either side's.
func (w *watch) copy(to http.ResponseWriter, body io.Reader, flushes bool) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	for {
		n, err := body.Read(*buffer)
		w.alive()
		if n > 0 {
			if _, failed := to.Write((*buffer)[:n]); failed != nil {
				return failed
			}
			if flushes {
				_ = w.control().Flush() // the next piece tells whether somebody reads
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// buffers are those that bodies are copied with.
var buffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

type watchedBody struct {
	io.ReadCloser
	watch *watch
	ended atomic.Bool
	over  atomic.Bool // the call is: the transport may read on, the server may not be read any more
}

var errOver = errors.New("the call is over")

func (b *watchedBody) Read(p []byte) (int, error) {
	if b.over.Load() {
		return 0, errOver
	}
	n, err := b.ReadCloser.Read(p)
	b.watch.alive()
	if errors.Is(err, io.EOF) {
		b.ended.Store(true)
	}
	return n, err
}

type watchedStream struct {
	io.ReadWriteCloser
	watch *watch
}

func (s *watchedStream) Read(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(p)
	s.watch.alive()
	return n, err
}

func (s *watchedStream) Write(p []byte) (int, error) {
	n, err := s.ReadWriteCloser.Write(p)
	s.watch.alive()
	return n, err
}
