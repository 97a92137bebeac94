package runtime

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// maxRepeat is the largest body that a call keeps to be made again, and of an answer that may be replaced.
	maxRepeat = 1 << 20
	// refusalTime is how long the body of an answer may take that may be replaced.
	refusalTime = 10 * time.Second
)

// sending is the body of a request, as it can be sent once or again.
type sending struct {
	whole  []byte    // of a small body of known length, read ahead
	stream io.Reader // of others; nil: there is no body, or whole is it
	kept   *replay   // keeps what stream gives; nil: it is too large
}

// sendingOf reads a small body, so that a slow caller keeps nobody else from the API, and leaves the rest to stream.
func sendingOf(r *http.Request) (*sending, error) {
	switch {
	case r.Body == nil || r.Body == http.NoBody:
		return &sending{}, nil
	case r.ContentLength < 0:
		k := &replay{src: r.Body}
		return &sending{stream: k, kept: k}, nil
	case r.ContentLength > maxRepeat:
		return &sending{stream: r.Body}, nil
	}
	whole, err := readExactly(r.Body, int(r.ContentLength))
	if err != nil {
		return nil, &Error{Code: CodeInvalidRequest, Message: "the request's body ended early", Err: err}
	}
	return &sending{whole: whole}, nil
}

// readExactly reads n bytes. What is held meanwhile is what has come, four times at most, and not what was announced: whoever announces
// much and sends little costs little.
func readExactly(src io.Reader, n int) ([]byte, error) {
	for whole, have := make([]byte, min(n, 16<<10)), 0; ; {
		read, err := io.ReadFull(src, whole[have:])
		if have += read; err != nil || have == n {
			return whole, err
		}
		grown := make([]byte, min(n, 4*have))
		copy(grown, whole)
		whole = grown
	}
}

// repeatable tells whether the whole body can be sent again.
func (s *sending) repeatable() bool { return s.stream == nil || s.kept != nil && s.kept.complete() }

// give makes the body of an attempt.
func (s *sending) give(r *http.Request) {
	if s.stream != nil && s.kept.complete() {
		s.whole, s.stream = s.kept.buffer.Bytes(), nil
	}
	switch r.Body = nil; {
	case s.stream != nil:
		r.Body = io.NopCloser(s.stream)
	case s.whole != nil:
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(s.whole)), nil }
		r.Body, _ = r.GetBody() // never fails
	}
}

// replay keeps what is read through it, up to maxRepeat.
type replay struct {
	src    io.Reader
	mu     sync.Mutex
	buffer bytes.Buffer
	over   bool
	ended  bool
}

func (k *replay) Read(p []byte) (int, error) {
	n, err := k.src.Read(p)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over = k.over || k.buffer.Len()+n > maxRepeat; k.over {
		k.buffer = bytes.Buffer{}
	} else {
		k.buffer.Write(p[:n])
	}
	k.ended = k.ended || err == io.EOF
	return n, err
}

func (k *replay) complete() bool {
	if k == nil {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ended && !k.over
}

// settle reads the body of an answer that may be replaced, so that the API's connection is free for what happens meanwhile,
// and tells whether it has it all. One that is too large or too slow stays as it is.
func settle(response *http.Response) bool {
	rest := response.Body
	timer := time.AfterFunc(refusalTime, func() { rest.Close() })
	read, err := io.ReadAll(io.LimitReader(rest, maxRepeat+1))
	inTime := timer.Stop()
	if err == nil && inTime && len(read) <= maxRepeat {
		rest.Close()
		response.Body = io.NopCloser(bytes.NewReader(read))
		return true
	}
	response.Body = &remainder{io.MultiReader(bytes.NewReader(read), failing{err}, rest), rest}
	return false
}

// failing gives an error that was met before; nil: it is empty.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

type remainder struct {
	io.Reader
	io.Closer
}

// dismiss lets a small rest of an answer pass that nobody will see.
func dismiss(response *http.Response) {
	io.CopyN(io.Discard, response.Body, 4<<10)
	response.Body.Close()
}
