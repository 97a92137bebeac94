package jsbridge

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"claviger/jsbridge/wire"
	"claviger/mapping/value"
)

// startPause is when to try again where no worker could be started.
const startPause = 5 * time.Second

// What is believed of a worker's texts.
const (
	maxMessage = 4 << 10
	maxCode    = 256
	maxRetry   = 365 * 24 * time.Hour
)

// outcome reads the frame that ended a call. The error says that it is none.
func (s *session) outcome(f wire.Frame) (any, *Error, error) {
	if limit := s.stoppedFor(); limit != "" || f.Kind == wire.Failed {
		failed, err := s.failed(f, limit)
		return nil, failed, err
	}
	if f.Kind != wire.Result {
		return nil, nil, &misbehaved{"no result"}
	}
	if len(f.Body) == 0 {
		return value.Undefined, nil, nil
	}
	if !wire.IsSmall(f.Body) {
		return nil, nil, &misbehaved{"the result is too large"}
	}
	v, err := value.Decode(f.Body)
	if err != nil {
		return nil, nil, &misbehaved{"the result cannot be read: " + err.Error()}
	}
	return v, nil, nil
}

// failed is the error of a call that the worker or the parent has ended.
func (s *session) failed(f wire.Frame, stopped string) (*Error, error) {
	var told wire.Failure
	if f.Kind == wire.Failed {
		if err := f.Decode(&told); err != nil {
			return nil, &misbehaved{err.Error()}
		}
	}
	e := s.call.fail(oneLine(told.Message, maxMessage), nil)
	s.call.Script.locate(e, told.Place)
	if stopped == "" && known(told.Limit) {
		stopped = told.Limit
	}
	if stopped != "" {
		e.Limit, e.Message = stopped, (&overLimit{stopped, s.limits}).Error()
		return e, nil
	}
	e.Code = oneLine(told.Code, maxCode)
	e.RetryAfter = retryAfter(told.RetryAfter)
	return e, nil
}

// known tells of the limits that a worker counts itself.
func known(limit string) bool { return limit == "fetches" || limit == "bytes" || limit == "log" }

func retryAfter(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	if seconds >= maxRetry.Seconds() {
		return maxRetry
	}
	return time.Duration(seconds * float64(time.Second))
}

// failure is the error of a call whose worker has been lost, was not to be had, or has misbehaved.
func (s *session) failure(ctx context.Context, err error) *Error {
	var over *overLimit
	var busy *overloaded
	switch {
	case ctx.Err() != nil:
		return s.call.fail("the call was given up: "+ctx.Err().Error(), ctx.Err())
	case errors.As(err, &busy):
		e := s.call.fail(busy.Error(), nil)
		e.Overloaded, e.RetryAfter = true, busy.after
		return e
	case errors.Is(err, wire.ErrTooLarge):
		return s.call.fail(fmt.Sprintf("the script or the arguments are larger than %s", size(wire.MaxBody)), nil)
	case s.worker == nil: // there is none to be had: nothing that the hook, or whoever called it, could help
		e := s.call.fail(oneLine(err.Error(), maxMessage), nil)
		e.Overloaded, e.RetryAfter = true, startPause
		return e
	case errors.As(err, &over):
		e := s.call.fail(over.Error(), nil)
		e.Limit = over.limit
		return e
	}
	return s.lost(err)
}

// lost is the error of a call during which the worker ended, or had to be ended.
func (s *session) lost(err error) *Error {
	<-s.worker.done // it is gone, or has been killed for what it did
	e := s.call.fail("", nil)
	s.call.Script.locate(e, s.place)
	e.Limit, e.Message = s.causeOfDeath()
	var wrong *misbehaved
	if errors.As(err, &wrong) && s.stoppedFor() == "" {
		e.Limit, e.Message = "", oneLine(wrong.Error(), maxMessage)
	}
	return e
}

// causeOfDeath is the limit that a worker died of, as far as it was one, and the message.
func (s *session) causeOfDeath() (limit, message string) {
	said := s.worker.lastWords()
	switch {
	case s.stoppedFor() != "":
		limit = s.stoppedFor()
	case strings.Contains(s.worker.stderr.String(), "goroutine stack exceeds"):
		return "memory", "the hook ran out of stack: source, data or calls are nested too deep"
	case outOfMemory(said) || said == "" && s.worker.wasKilled():
		limit = "memory" // killed without a word: by the kernel, which does that for memory alone
	case said == "":
		return "", "the hook worker ended: " + s.worker.state()
	default:
		return "", oneLine("the hook worker ended: "+said, maxMessage)
	}
	return limit, (&overLimit{limit, s.limits}).Error()
}

// outOfMemory tells how Go's runtime dies when the operating system refuses memory; where that happens inside its own
// bookkeeping it is a segmentation fault.
func outOfMemory(said string) bool {
	return strings.HasPrefix(said, "SIGSEGV: ") || strings.Contains(said, "out of memory") || strings.Contains(said, "cannot allocate memory") ||
		strings.Contains(said, "failed to create new OS thread") || strings.Contains(said, "pthread_create failed")
}

// fail is an error at the beginning of the script.
func (c *Call) fail(message string, cause error) *Error {
	e := &Error{Connector: c.Connector, Message: message, cause: cause}
	c.Script.locate(e, wire.Place{})
	return e
}

// locate puts an error at a place that a worker named, as far as the script has it; else where the entry begins.
func (s *Script) locate(e *Error, at wire.Place) {
	e.File, e.Line, e.Col = s.resolve(at)
}

const maxLine = 1 << 24

func (s *Script) resolve(at wire.Place) (file string, line, col int) {
	if _, ok := s.Files[at.File]; !ok {
		at = wire.Place{File: s.Entry}
	}
	if at.Line < 1 || at.Line > maxLine || at.Col < 1 || at.Col > maxLine {
		at.Line, at.Col = 1, 1
		if at.File == s.Entry {
			at.Line, at.Col = max(s.Line, 1), max(s.Col, 1)
		}
	}
	return at.File, at.Line, at.Col
}

// oneLine is a text as an error message holds it: valid, on one line, of limited length.
func oneLine(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(strings.TrimSpace(text), "\ufffd"))
	if len(text) <= limit {
		return text
	}
	cut := limit
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// validText is a text of console: valid UTF-8, any number of lines.
func validText(b []byte) string { return strings.ToValidUTF8(string(b), "\ufffd") }
