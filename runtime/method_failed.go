package runtime

import (
	"errors"
	"fmt"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/mapping"
	"claviger/runtime/apiclient"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// methodError is the failure of a connector's method.
type methodError struct {
	method    connectors.Method
	connector *connectors.Connector
	file      string // file:line:col
	err       error
}

func (b *binding) methodError(m connectors.Method, impl *connectors.Implementation, err error) error {
	var hook *jsbridge.Error
	var eval *mapping.EvalError
	var provider *grant.Failure
	var own *Error
	template := impl != nil && (impl.Kind == connectors.KindMapping || impl.Kind == connectors.KindREST && errors.As(err, &eval))
	switch {
	case errors.As(err, &own):
		return own
	case template && !errors.As(err, &provider): // which stays
		err = &grant.Failure{Class: grant.Misconfigured, Message: err.Error(), Err: err}
	}
	e := &methodError{method: m, connector: b.connector, err: err}
	switch {
	case errors.As(err, &hook) && hook.Overloaded:
		return b.overloaded(m, hook)
	case hook != nil:
		e.file = fmt.Sprintf("%s:%d:%d", hook.File, hook.Line, hook.Col)
	case errors.As(err, &eval):
		e.file = eval.Pos.String()
	case impl != nil:
		e.file = impl.Pos.String()
	}
	return e
}

// Error names connector, method and file, then says what happened.
func (m *methodError) Error() string {
	return m.where() + ": " + m.what()
}

// where is the part of it that the connector's folder alone tells.
func (m *methodError) where() string {
	return fmt.Sprintf("%s of connector %s failed at %s", m.method, m.connector.Key, m.file)
}

func (m *methodError) what() string {
	text := m.err.Error()
	var hook *jsbridge.Error
	var eval *mapping.EvalError
	switch {
	case errors.As(m.err, &hook):
		text = hook.Message
	case errors.As(m.err, &eval):
		text = eval.Message
	}
	return text
}

func (m *methodError) Unwrap() error { return m.err }

// told is the message of a failure, redacted. Where nothing of it may be given out it says at least which method failed.
func (b *binding) told(message string, method *methodError, err error) string {
	if errors.Is(err, errTooLarge) {
		return message
	}
	text := b.redact(message)
	if text == secret.Withheld && method != nil {
		return method.where() + ": " + text
	}
	return text
}

// failure makes the stored fact of an error, redacted.
func (b *binding) failure(err error, at time.Time) *Failure {
	f := &Failure{Class: grant.Internal, At: at, Connector: b.connector.Version}
	var provider *grant.Failure
	var method *methodError
	if errors.As(err, &method) {
		f.Method, f.File, f.Message = string(method.method), method.file, method.Error()
	}
	if errors.As(err, &provider) {
		f.Class, f.Code, f.Description, f.Status = provider.Class, provider.Code, provider.Description, provider.Status
		f.Excerpt = provider.Excerpt
		if f.Message == "" {
			f.Message = provider.Error()
		}
	}
	var call *apiclient.Error
	if provider == nil && errors.As(err, &call) {
		f.Class, f.Code, f.Status = call.Class(), call.Code, call.Status
	}
	if f.Message == "" {
		f.Message = err.Error()
	}
	f.Message = oneLine(b.told(f.Message, method, err), 1_000)
	f.Description = oneLine(b.redact(f.Description), 500)
	f.Excerpt = oneLine(b.redact(f.Excerpt), 500)
	f.Code = oneLine(b.redact(f.Code), 100)
	return f
}
