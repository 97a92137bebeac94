package jsbridge

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"claviger/jsbridge/wire"
	"claviger/mapping/value"
)

// Call is one call of one hook. Connector, Method and Script are required.
type Call struct {
	Connector string        // the connector's key, for errors
	Method    string        // the exported name, such as "getTokenData"
	Script    *Script       // the source
	Args      *value.Object // the one argument of the hook, copied across as JSON; nil: {}
	Limits    Limits        // zero fields: the defaults

	// Fetch carries out one request of the hook's fetch, reads the whole answer and returns it. It is called from
	// several goroutines at once where the hook fetches in parallel, and its context ends with the call. nil: fetch
	// rejects every request.
	Fetch func(ctx context.Context, r FetchRequest) (*FetchResponse, error)
	// Client carries out one call of apiClient, which the argument has where it is given; like Fetch, but its context ends at
	// the call's deadline. What it throws is a *ClientError. nil: there is no apiClient.
	Client func(ctx context.Context, r ClientRequest) (*ClientResponse, error)
	// Values read the stored values of each owner that the argument values names: a value, value.Undefined where there is none
	// of that name, which may be any text. Like Fetch, which they count as. nil: the hook has no such argument.
	Values map[string]func(ctx context.Context, name string) (any, error)
	// Log takes the lines of console, in order, from one goroutine at a time. nil: they are dropped.
	Log func(LogLine)
	// Now is what the hook's clock shows when the call starts; it runs on from there. Zero: the time of day.
	Now time.Time
	// Random gives the 32 bytes that seed Math.random and crypto for this call. nil: the system's randomness.
	Random io.Reader
}

// FetchRequest is a request that a hook makes. Nothing of it has been checked: the URL may be any text, header names and
// values may hold anything.
type FetchRequest struct {
	Method   string      // upper case for the usual methods, else as the hook wrote it
	URL      string      // absolute
	Header   [][2]string // in order, names in lower case
	Body     []byte      // nil: none
	Redirect string      // "follow", "error" or "manual"
	MaxBytes int64       // how much body the call may still receive, all that is under way included

	// Received has to be told of the body's bytes as they arrive; its error, which is ErrMaxBytes, ends the answer. So the
	// call's limit holds for the answers that arrive at the same time together.
	Received func(n int) error
}

// FetchResponse is the answer to a FetchRequest, its body complete and decoded.
type FetchResponse struct {
	Status     int
	StatusText string
	URL        string // of the last request, after redirects
	Redirected bool
	Header     [][2]string
	Body       []byte
}

// LogLine is one call of console.
type LogLine struct {
	Level string // "debug", "info", "log", "warn" or "error"
	Text  string // formatted; may hold line feeds
}

// Call runs a hook and returns its result: a value, value.Undefined where it returned undefined. The error is an *Error.
// It waits for a free worker a quarter of the time that the hook itself may take.
func (p *Pool) Call(ctx context.Context, c Call) (any, error) {
	c.Limits = c.Limits.filled()
	args, err := encodeArgs(c.Args)
	if err != nil {
		return nil, c.fail("the arguments cannot be passed on: "+err.Error(), nil)
	}
	head, err := c.head()
	if err != nil {
		return nil, c.fail("no randomness for the call: "+err.Error(), err)
	}
	s := &session{call: &c, limits: c.Limits}
	var result any
	var failed *Error
	err = p.exchange(ctx, s, request{wire.Run, head, args}, func(f wire.Frame) (err error) {
		result, failed, err = s.outcome(f)
		return err
	})
	switch {
	case err != nil:
		return nil, s.failure(ctx, err)
	case failed != nil:
		return nil, failed
	}
	return result, nil
}

// encodeArgs is the arguments as JSON.
func encodeArgs(args *value.Object) ([]byte, error) {
	if args == nil {
		return []byte("{}"), nil
	}
	return value.Encode(args)
}

func (c *Call) head() (wire.RunHead, error) {
	random := c.Random
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, 32)
	if _, err := io.ReadFull(random, seed); err != nil {
		return wire.RunHead{}, err
	}
	head := wire.RunHead{
		Hash: c.Script.hash, Method: c.Method, Seed: seed,
		Memory: c.Limits.Memory, Fetches: c.Limits.Fetches, Log: c.Limits.Log, Client: c.Client != nil,
		Values: c.whose(),
	}
	if !c.Now.IsZero() {
		head.Clock = int64(time.Until(c.Now))
	}
	return head, nil
}

// patience is the part of its wall time that a call waits for a worker.
const patience = 4

// attempts is how many workers are tried that turn out to be gone before they have read the request.
const attempts = 3

// request is the frame that begins an exchange.
type request struct {
	kind wire.Kind
	head any
	body []byte
}

// exchange runs a session on a worker, reads the frame that ends it, and gives the worker back. Where read fails the
// worker has broken the rules.
func (p *Pool) exchange(ctx context.Context, s *session, r request, read func(wire.Frame) error) error {
	for try := 1; ; try++ {
		w, err := p.acquire(ctx, s.call.Connector, s.limits.Wall/patience)
		if err != nil {
			return err
		}
		s.worker = w
		began := time.Now()
		f, err := s.run(ctx, r)
		if err == nil {
			err = read(f)
		}
		p.release(w, s.call.Connector, time.Since(began), err == nil && s.isFit(ctx))
		var lost *notStarted
		if !errors.As(err, &lost) || try == attempts || ctx.Err() != nil {
			return err
		}
	}
}

// isFit tells whether the worker can take another call: it has ended this one by itself and has not grown.
func (s *session) isFit(ctx context.Context) bool {
	if s.stoppedFor() != "" || ctx.Err() != nil {
		return false
	}
	return time.Since(s.started) < sampleEvery || !s.worker.isGrown()
}
