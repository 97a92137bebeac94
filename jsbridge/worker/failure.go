package worker

import (
	"errors"
	"math"
	"strconv"

	"github.com/dop251/goja"

	"claviger/jsbridge/wire"
)

// failure is what the parent learns of an error that ended the call.
func (m *machine) failure(err error) *wire.Failure {
	var (
		limit       *limitError
		interrupted *goja.InterruptedError
		overflow    *goja.StackOverflowError
		refused     *rejected
		thrown      *goja.Exception
	)
	switch {
	case errors.As(err, &interrupted) && errors.As(err, &limit):
		return &wire.Failure{Place: m.bundle.placeOf(interrupted.Stack()), Message: limit.message, Limit: limit.limit}
	case errors.As(err, &limit):
		return &wire.Failure{Place: limit.place, Message: limit.message, Limit: limit.limit}
	case errors.As(err, &overflow):
		return &wire.Failure{Place: m.bundle.placeOf(overflow.Stack()), Message: "too much recursion"}
	case errors.As(err, &refused):
		return m.thrown(refused.reason, refused.place)
	case errors.As(err, &thrown):
		return m.thrown(thrown.Value(), m.bundle.placeOf(thrown.Stack()))
	case errors.Is(err, errNeverSettles):
		return &wire.Failure{Message: "the promise that " + m.head.Method + " returned never settles: no timer and no fetch is left that could settle it"}
	}
	return &wire.Failure{Message: err.Error()}
}

// thrown describes a value that author code threw, at the place where an Error was made, else at the place given.
func (m *machine) thrown(v goja.Value, at wire.Place) *wire.Failure {
	f := &wire.Failure{Place: at}
	object, ok := v.(*goja.Object)
	if !ok {
		f.Message = "thrown: " + plainText(v)
		return f
	}
	// The properties may be getters that throw or never end; what was read until then counts.
	if err := m.try(func() { m.readThrown(object, f) }); err != nil && f.Message == "" {
		f.Message = "thrown: an object that cannot be read"
	}
	if place, ok := m.places[object]; ok && place.Line > 0 {
		f.Place = place
	}
	return f
}

func (m *machine) readThrown(o *goja.Object, f *wire.Failure) {
	message, name := o.Get("message"), o.Get("name")
	if text, ok := stringOf(message); ok {
		f.Message = text
	} else {
		f.Message = "thrown: " + m.inspect(o)
	}
	if text, ok := stringOf(name); ok && text != "Error" && text != "" && builtinErrors[text] {
		f.Message = text + ": " + f.Message
	}
	if f.Message == "" {
		f.Message = "an Error without a message was thrown"
	}
	f.Code, _ = stringOf(o.Get("code"))
	f.RetryAfter = seconds(o.Get("retryAfter"))
	if stack, ok := stringOf(o.Get("stack")); ok {
		if place := m.bundle.placeInStack(stack); place.Line > 0 {
			f.Place = place
		}
	}
}

// builtinErrors are the names that say something beside the message.
var builtinErrors = map[string]bool{
	"TypeError": true, "ReferenceError": true, "RangeError": true, "SyntaxError": true, "URIError": true, "EvalError": true,
	"AggregateError": true, "AbortError": true, "TimeoutError": true, "DataCloneError": true,
}

// seconds reads a number or numeric text of seconds; 0 where it is none.
func seconds(v goja.Value) float64 {
	if _, isObject := v.(*goja.Object); isObject || v == nil {
		return 0
	}
	var n float64
	switch t := v.Export().(type) {
	case int64:
		n = float64(t)
	case float64:
		n = t
	case string:
		n, _ = strconv.ParseFloat(t, 64)
	}
	if math.IsNaN(n) || math.IsInf(n, 0) || n < 0 {
		return 0
	}
	return n
}

// stringOf is the text of a string value.
func stringOf(v goja.Value) (string, bool) {
	s, ok := v.(goja.String)
	if !ok {
		return "", false
	}
	return s.String(), true
}

// plainText is String(v) of a primitive.
func plainText(v goja.Value) string {
	if v == nil {
		return "undefined"
	}
	return v.String()
}

// errorText is the text of what JavaScript threw.
func errorText(err error) string {
	var thrown *goja.Exception
	if errors.As(err, &thrown) {
		return plainText(thrown.Value())
	}
	return err.Error()
}
