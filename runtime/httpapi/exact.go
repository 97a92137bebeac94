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
		if err := checkNames(json.NewDecoder(bytes.NewReader(src)), 0); err != nil {
			return err
		}
		return huma.DefaultJSONFormat.Unmarshal(src, v)
	},
}

// checkNames reads one value. What is no JSON is left to the reader behind it, which says so better.
func checkNames(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return nil
	}
	if depth > value.MaxDepth {
		return value.ErrTooDeep
	}
	switch t {
	case json.Delim('['):
		for d.More() {
			if err := checkNames(d, depth+1); err != nil {
				return err
			}
		}
	case json.Delim('{'):
		if err := checkMembers(d, depth); err != nil {
			return err
		}
	default:
		return nil
	}
	_, err = d.Token()
	return unlessSyntax(err)
}

func checkMembers(d *json.Decoder, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return unlessSyntax(err)
		}
		if seen[name] {
			return fmt.Errorf("the name %q comes twice in one object", name)
		}
		seen[name] = true
		if err := checkNames(d, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func unlessSyntax(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
