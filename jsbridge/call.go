package jsbridge

import (
	"context"
	"io"
	"time"

	"claviger/mapping/value"
)

// Call is one call of one hook. Connector, Method and Script are required.
type Call struct {
	Connector string        // the connector's key, for errors
	Method    string        // the exported name, such as "getTokenData"
	Script    *Script       //
	Args      *value.Object // the one argument of the hook, copied across as JSON; nil: {}
	Limits    Limits        // zero fields: the defaults

	// Fetch carries out one request of the hook's fetch, reads the whole answer and returns it. It is called from
	// several goroutines at once where the hook fetches in parallel, and its context ends with the call. nil: fetch
	// rejects every request.
	Fetch func(ctx context.Context, r FetchRequest) (*FetchResponse, error)
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
	MaxBytes int64       // how much body the call may still receive: a transport may stop reading beyond it
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
