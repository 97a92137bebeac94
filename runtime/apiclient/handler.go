package apiclient

import (
	"slices"

	"claviger/mapping"
	"claviger/mapping/value"
)

// Key is the kind of an error of the API, as far as it has one.
type Key string

// The kinds of errors that a response handler may name (format.md section 6).
const (
	AccessTokenExpired Key = "access_token_expired"  // renew once and repeat
	ConnectionDefunct  Key = "connection_is_defunct" // only the connection's user can help
	RateLimitExceeded  Key = "rate_limit_exceeded"   // wait, and repeat
)

// Keys are all of them.
var Keys = []string{string(AccessTokenExpired), string(ConnectionDefunct), string(RateLimitExceeded)}

// Deferred tells which places of what makeApiClient returns hold formulas that wait for a response. It is the Defer of
// mapping.Options.
func Deferred(path []string) bool { return len(path) == 3 && path[0] == "responseHandlers" }

// formula is evaluated when a response is there; *mapping.Deferred is one.
type formula interface {
	Eval(extra *value.Object) (any, error)
	Vars() []mapping.VarRef
}

// formula takes a deferred formula as it is and compiles one that came as data.
func (p *parser) formula(at string, v any) formula {
	if f, ok := v.(formula); ok {
		return f
	}
	f, mistakes := mapping.FromData(v, p.arguments)
	for _, m := range mistakes {
		p.mistake(at, "%s", m)
	}
	return f
}

// handler is one of responseHandlers; a nil formula was not written.
type handler struct {
	at                            string
	match, isSuccess, data, error formula
}

// HandlerFields and ErrorFields are the names of the fields of a response handler and of its error.
var (
	HandlerFields = []string{"match", "isSuccess", "data", "error"}
	ErrorFields   = []string{"message", "key", "data"}
)

func readHandlers(p *parser, at string, v any) {
	for i, item := range p.list(at, v) {
		h := handler{at: index(at, i)}
		o := p.object(h.at, item)
		if o == nil {
			continue
		}
		h.match, h.isSuccess = p.handled(h.at, o, "match"), p.handled(h.at, o, "isSuccess")
		h.data, h.error = p.handled(h.at, o, "data"), p.handled(h.at, o, "error")
		for _, name := range o.Keys() {
			if !slices.Contains(HandlerFields, name) {
				p.mistake(join(h.at, shorten(name, 60)), "%s", unknownWord(name, HandlerFields))
			}
		}
		p.c.handlers = append(p.c.handlers, h)
	}
}

func (p *parser) handled(at string, o *value.Object, name string) formula {
	if v := o.Get(name); !isNothing(v) {
		return p.formula(join(at, name), v)
	}
	return nil
}

// verdict is what a handler says of a response. A nil error says that it is a success.
type verdict struct {
	data  any // value.Undefined: the body
	error *value.Object
}

// judge is the verdict of the first handler that matches; nil: none does, and the default counts. Where a handler that
// matches does not say isSuccess, its error makes a failure, its data a success, and neither leaves it to the default.
func (c *Client) judge(response *value.Object, success bool) (*verdict, error) {
	for _, h := range c.handlers {
		matches, err := h.eval("match", h.match, response, true)
		if err != nil {
			return nil, err
		}
		if value.Truthy(matches) {
			return h.verdict(response, success)
		}
	}
	return nil, nil
}

func (h *handler) verdict(response *value.Object, success bool) (*verdict, error) {
	said, err := h.eval("isSuccess", h.isSuccess, response, value.Undefined)
	if err != nil {
		return nil, err
	}
	data, err := h.eval("data", h.data, response, value.Undefined)
	if err != nil {
		return nil, err
	}
	problem, err := h.eval("error", h.error, response, value.Undefined)
	if err != nil {
		return nil, err
	}
	told, _ := problem.(*value.Object)
	switch {
	case !isNothing(said):
		success = value.Truthy(said)
	case told != nil:
		success = false
	case data != value.Undefined:
		success = true
	}
	if success {
		return &verdict{data: data}, nil
	}
	if told == nil {
		told = value.NewObject(0)
	}
	return &verdict{data: data, error: told}, nil
}

func (h *handler) eval(name string, f formula, response *value.Object, absent any) (any, error) {
	if f == nil {
		return absent, nil
	}
	v, err := f.Eval(value.Of("response", response))
	if err != nil {
		return nil, &FieldError{Field: join(h.at, name), Message: err.Error()}
	}
	return v, nil
}
