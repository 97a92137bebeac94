package wire

import (
	"encoding/json"
	"strings"
)

// RunHead asks for one call of a hook.
type RunHead struct {
	Hash    string `json:"hash"`            // of the script
	Method  string `json:"method"`          // the exported name
	Clock   int64  `json:"clock,omitempty"` // nanoseconds by which the hook's clock is ahead of the time of day
	Seed    []byte `json:"seed"`            // 32 bytes for Math.random and crypto
	Memory  int64  `json:"memory"`          // bytes above the idle worker, for the garbage collector's aim
	Fetches int    `json:"fetches"`
	Log     int    `json:"log"`              // bytes
	Client  bool   `json:"client,omitempty"` // the argument has an apiClient

	Values []string `json:"values,omitempty"` // whose values can be read
}

// CheckHead asks for the findings of a script.
type CheckHead struct {
	Hash    string   `json:"hash"`
	Methods []string `json:"methods,omitempty"` // names that the entry must export as functions
	Skip    []string `json:"skip,omitempty"`    // files that have killed a worker and are left out
	Seed    []byte   `json:"seed"`
	Memory  int64    `json:"memory"`
	Fetches int      `json:"fetches"`
	Log     int      `json:"log"`
}

// SourceBody is a script.
type SourceBody struct {
	Hash  string            `json:"hash"`
	Entry string            `json:"entry"`
	Files map[string]string `json:"files"`
	Line  int               `json:"line,omitempty"` // of inline code in its file; 0: a file of its own
	Col   int               `json:"col,omitempty"`
}

// Place is a place in the author's source. Zero line: not known.
type Place struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"` // in characters
}

// FetchHead is a request of the hook's fetch.
type FetchHead struct {
	ID       uint64      `json:"id"`
	Method   string      `json:"method"`
	URL      string      `json:"url"`
	Header   [][2]string `json:"header,omitempty"`
	HasBody  bool        `json:"hasBody,omitempty"`
	Redirect string      `json:"redirect"`
}

// ClientHead is a call of the hook's apiClient.
type ClientHead struct {
	ID          uint64          `json:"id"`
	Method      string          `json:"method"`
	Path        string          `json:"path"`
	Query       json.RawMessage `json:"query,omitempty"`   // an object
	Options     json.RawMessage `json:"options,omitempty"` // an object, without returnFullResponse
	HasBody     bool            `json:"hasBody,omitempty"`
	ContentType string          `json:"contentType,omitempty"` // of the body, where it brings one
}

// ValueHead names a stored value.
type ValueHead struct {
	ID    uint64 `json:"id"`
	Whose string `json:"whose"` // one of RunHead.Values
	Name  string `json:"name"`
}

// AbortHead names a fetch.
type AbortHead struct {
	ID uint64 `json:"id"`
}

// AnswerHead answers a fetch, a call of apiClient or the reading of a value: then the body is JSON of what it gave or of the
// error's data, empty for undefined.
type AnswerHead struct {
	ID         uint64      `json:"id"`
	Status     int         `json:"status,omitempty"`
	StatusText string      `json:"statusText,omitempty"`
	URL        string      `json:"url,omitempty"`
	Redirected bool        `json:"redirected,omitempty"`
	Header     [][2]string `json:"header,omitempty"`
	Err        string      `json:"err,omitempty"`   // why there is no answer
	Limit      string      `json:"limit,omitempty"` // the limit that this fetch went over: the call ends

	Raw        bool    `json:"raw,omitempty"`        // of apiClient: the body is the answer's bytes
	Key        string  `json:"key,omitempty"`        // of an error of apiClient
	Code       string  `json:"code,omitempty"`       // likewise
	RetryAfter float64 `json:"retryAfter,omitempty"` // likewise, in seconds
}

// LineCost is what a line of console counts against the limit beside the bytes of its text: an endless run of empty lines
// ends too.
const LineCost = 16

// LogHead goes with one line of console.
type LogHead struct {
	Level string `json:"level"`
}

// Failure is the end of a call that has no result.
type Failure struct {
	Place
	Message    string  `json:"message"`
	Code       string  `json:"code,omitempty"`
	RetryAfter float64 `json:"retryAfter,omitempty"` // seconds
	Limit      string  `json:"limit,omitempty"`      // the limit that the worker saw exceeded
}

// maxText is how much of an author's text goes into a head: it is for people, and a head has a limit.
const maxText = 16 << 10

// Shortened is the failure with texts that fit a head.
func (f *Failure) Shortened() *Failure {
	short := *f
	short.Message, short.Code = shortened(f.Message), shortened(f.Code)
	return &short
}

func shortened(text string) string { return strings.ToValidUTF8(text[:min(len(text), maxText)], "") }

// Finding is a mistake in the author's source.
type Finding struct {
	Place
	Severity   string `json:"severity"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}
