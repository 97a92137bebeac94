package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"claviger/mapping/value"
	"claviger/runtime"
)

// exact refuses what a handler would not look at: a query that cannot be read, a parameter that comes twice, a body
// where none is asked for. Nothing that a caller says is ignored.
func (s *server) exact(ctx huma.Context, next func(huma.Context)) {
	err := exactQuery(ctx)
	if err == nil && ctx.Operation().RequestBody == nil {
		err = noBody(ctx.BodyReader())
	}
	if err != nil {
		s.writeError(ctx, err)
		return
	}
	next(ctx)
}

func exactQuery(ctx huma.Context) error {
	u := ctx.URL()
	if u.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "the query cannot be read", Err: err}
	}
	for name, values := range query {
		if len(values) > 1 {
			return &runtime.Error{Code: runtime.CodeInvalidRequest, Message: fmt.Sprintf("the query parameter %q comes more than once", name)}
		}
	}
	return nil
}

// noBody accepts nothing, and the empty object that some clients always send.
func noBody(r io.Reader) error {
	if r == nil {
		return nil
	}
	start, err := io.ReadAll(io.LimitReader(r, 64))
	if err != nil {
		return &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "the body cannot be read", Err: err}
	}
	if start = bytes.TrimSpace(start); len(start) > 0 && string(start) != "{}" {
		return &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "this operation takes no body"}
	}
	return nil
}

// exactJSON is the library's JSON, with bounded nesting, and without objects in which a name comes twice: readers
// disagree on which of them counts (RFC 8259 section 4).
var exactJSON = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(src []byte, v any) error {
		err := checkNames(json.NewDecoder(bytes.NewReader(src)), 0)
		if errors.Is(err, errTwice) || errors.Is(err, value.ErrTooDeep) {
			return err
		}
		return huma.DefaultJSONFormat.Unmarshal(src, v) // says what is no JSON better than the check can
	},
}

var errTwice = errors.New("a name comes twice in one object")

// checkNames reads one value. Every error ends the reading.
func checkNames(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	opening, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	if depth >= value.MaxDepth {
		return value.ErrTooDeep
	}
	seen := map[string]bool{}
	for d.More() {
		if opening == '{' {
			if err := checkName(d, seen); err != nil {
				return err
			}
		}
		if err := checkNames(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

func checkName(d *json.Decoder, seen map[string]bool) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	name, _ := t.(string) // a decoder gives no other name
	if seen[name] {
		return fmt.Errorf("%w: %q", errTwice, name)
	}
	seen[name] = true
	return nil
}
