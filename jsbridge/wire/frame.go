// Package wire is the language that the server and its hook workers speak over a pair of pipes.
//
// Everything is a frame:
//
//	kind  1 byte
//	head  4 bytes, big endian: length of the head
//	body  4 bytes, big endian: length of the body
//	      head: JSON of the one struct that belongs to the kind, or nothing
//	      body: raw bytes: JSON of the author's data, or the body of a request or an answer
//
// A worker says Ready once. Then the server speaks first:
//
//	server                                worker
//	Run or Check                     →
//	                                 ←    Need          only if it does not have the script
//	Source                           →
//	                                 ←    At            before it compiles a file
//	                                 ←    Fetch, Client, Value, Abort, Log …
//	Answer …                         →
//	                                 ←    Result, Failed or Checked
//
// The server treats the worker as hostile: sizes are limited before anything is read, memory grows only as bytes arrive,
// heads are read into flat structs, and what they hold is checked where it is used.
package wire

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Kind tells what a frame is.
type Kind byte

const (
	Run    Kind = 'C' // → RunHead; body: the arguments as JSON
	Check  Kind = 'K' // → CheckHead
	Source Kind = 'S' // → no head; body: SourceBody as JSON
	Answer Kind = 'A' // → AnswerHead; body: that of the answer

	Ready   Kind = 'R' // ← sandbox.Report
	Need    Kind = 'N' // ← nothing: send the Source
	At      Kind = 'P' // ← Place: what is being compiled, for the case that it kills the worker
	Fetch   Kind = 'F' // ← FetchHead; body: that of the request
	Client  Kind = 'I' // ← ClientHead; body: that of the request
	Value   Kind = 'U' // ← ValueHead
	Abort   Kind = 'X' // ← AbortHead: the hook no longer waits for this fetch
	Log     Kind = 'L' // ← LogHead; body: the text
	Result  Kind = 'V' // ← nothing; body: the result as JSON, empty for undefined
	Failed  Kind = 'E' // ← Failure
	Checked Kind = 'D' // ← nothing; body: []Finding as JSON
)

// Limits of one frame, in bytes.
const (
	MaxHead = 1 << 20
	MaxBody = 64 << 20
)

// MaxRequest is how large the body of a request may be that a hook sends, in bytes; and those under way at once together.
const MaxRequest = 16 << 20

// Limits of a result: JSON of a few bytes a value takes a hundred in memory.
const (
	MaxResult = 16 << 20 // bytes of JSON
	MaxValues = 250_000
)

// IsSmall tells whether JSON text is within the limits of a result. It need not be well-formed.
func IsSmall(text []byte) bool {
	if len(text) < MaxValues {
		return true
	}
	values, quoted := 1, false
	for i := 0; i < len(text) && values <= MaxValues; i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case !quoted && (c == ',' || c == '[' || c == '{'):
			values++
		}
	}
	return len(text) <= MaxResult && values <= MaxValues
}

const prefix = 1 + 4 + 4

// ErrTooLarge says that a frame announces more than the reader accepts.
var ErrTooLarge = errors.New("frame too large")

// Frame is one message as read: head and body are not interpreted yet.
type Frame struct {
	Kind Kind
	Head []byte
	Body []byte
}

// Decode reads the head into its struct.
func (f Frame) Decode(into any) error {
	if err := json.Unmarshal(f.Head, into); err != nil {
		return fmt.Errorf("frame %q: %w", f.Kind, err)
	}
	return nil
}

// Append appends the bytes of a frame to dst. A nil head is an empty one.
func Append(dst []byte, kind Kind, head any, body []byte) ([]byte, error) {
	dst, err := Begin(dst, kind, head, len(body))
	if err != nil {
		return dst, err
	}
	return append(dst, body...), nil
}

// Begin appends what comes before the body of a frame, which has so many bytes.
func Begin(dst []byte, kind Kind, head any, body int) ([]byte, error) {
	var text []byte
	if head != nil {
		var err error
		if text, err = json.Marshal(head); err != nil {
			return dst, err
		}
	}
	if len(text) > MaxHead || body > MaxBody {
		return dst, ErrTooLarge
	}
	dst = append(dst, byte(kind))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(text)))
	dst = binary.BigEndian.AppendUint32(dst, uint32(body))
	return append(dst, text...), nil
}

// Read reads one frame whose body has at most maxBody bytes. At the end of the stream between two frames the error is
// io.EOF, inside a frame io.ErrUnexpectedEOF.
func Read(r io.Reader, maxBody int) (Frame, error) {
	var p [prefix]byte
	if _, err := io.ReadFull(r, p[:]); err != nil {
		return Frame{}, err
	}
	head, body := binary.BigEndian.Uint32(p[1:]), binary.BigEndian.Uint32(p[5:])
	if head > MaxHead || int64(body) > int64(maxBody) {
		return Frame{}, ErrTooLarge
	}
	f := Frame{Kind: Kind(p[0])}
	var err error
	if f.Head, err = readN(r, int(head)); err != nil {
		return Frame{}, err
	}
	f.Body, err = readN(r, int(body))
	return f, err
}

// chunk is how much memory is taken on the word of the other side alone.
const chunk = 64 << 10

// readN reads exactly n bytes, taking memory as they arrive.
func readN(r io.Reader, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	buf := make([]byte, 0, min(n, chunk))
	for {
		m, err := io.ReadFull(r, buf[len(buf):min(cap(buf), n)])
		buf = buf[:len(buf)+m]
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || len(buf) == n {
			return buf, err
		}
		grown := make([]byte, len(buf), min(n, 2*cap(buf)))
		copy(grown, buf)
		buf = grown
	}
}
