package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/placeholder"
)

const getOAuthConfig = connectors.GetOAuthConfig

// expander expands the placeholders of one call, as the rules of its integration allow. The call's host and path are fixed before.
type expander struct {
	ctx     context.Context
	vault   *vault
	rules   *placeholderRules
	method  string
	url     *url.URL
	session bool
	count   int // of values that were put in
}

// maxExpanded is how many values one call may have put in: each may have 64 KiB.
const maxExpanded = 100

// overriding are headers by which some servers take a request for one of another method, path or host than it is of, and
// overridingFields parameters: what rules say of those would mean nothing.
var (
	overriding = set("X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Original-Method", "X-Original-Url", "X-Original-Uri", "X-Rewrite-Url",
		"X-Rewrite-Uri", "X-Http-Path-Override", "X-Http-Host-Override", "X-Original-Host", "X-Host")
	overridingFields = set("_method", "_httpmethod")
)

// expanded is the request with its placeholders expanded, and its body, which must be small. What it was made of stays as it is.
func (p *Passage) expanded(ctx context.Context, r *http.Request, body []byte) (*http.Request, []byte, error) {
	b, i, err := p.e.bindConnection(ctx, p.connection)
	if err != nil {
		return nil, nil, err
	}
	defer b.flush(ctx)
	x := &expander{
		ctx: ctx, method: r.Method, url: p.url, session: p.call.Session, rules: p.e.integrations.rulesOf(i),
		vault: &vault{e: p.e, b: b, i: i, c: p.connection, url: p.url},
	}
	path, err := placeholder.ParseEncoded(p.call.Path)
	if err != nil || len(path.References()) > 0 {
		return nil, nil, errorf(CodeForbidden, "a path may not hold placeholders")
	}
	out := r.WithContext(ctx)
	if out.Header, err = x.header(maps.Clone(r.Header)); err != nil {
		return nil, nil, err
	}
	u := *p.url
	if u.RawQuery, err = x.query(p.url.RawQuery); err != nil {
		return nil, nil, err
	}
	if body, err = x.body(r.Header.Get("Content-Type"), body); err != nil {
		return nil, nil, err
	}
	if x.count > 0 && overrides(r, p.url.RawQuery, body) {
		return nil, nil, errorf(CodeForbidden, "a call whose placeholders are expanded may not ask to be taken for one of another method or address")
	}
	if r.Body != nil && r.Body != http.NoBody {
		out.ContentLength = int64(len(body))
	}
	p.target = &u
	return out, body, nil
}

// header expands the values of headers, in their place.
func (x *expander) header(h http.Header) (http.Header, error) {
	for name, values := range h {
		expanded := make([]string, len(values))
		for i, text := range values {
			var err error
			if expanded[i], err = x.expand("header "+name, text, placeholder.Parse, placeholder.Plain); err != nil {
				return nil, err
			}
		}
		h[name] = expanded
	}
	return h, nil
}

// query expands the values of parameters; names are what rules are about.
func (x *expander) query(raw string) (string, error) {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, text, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		if err != nil {
			plain = name
		}
		if named, err := placeholder.ParseEncoded(name); err != nil || len(named.References()) > 0 {
			return "", errorf(CodeForbidden, "the name of a query parameter may not hold placeholders")
		}
		before, written := x.count, text
		if text, err = x.expand("query "+plain, text, placeholder.ParseEncoded, placeholder.URL); err != nil {
			return "", err
		}
		if x.count > before && strings.Contains(written, ";") { // where some servers begin another parameter
			return "", errorf(CodeForbidden, "a query parameter with a placeholder may not hold a semicolon: write %%3B")
		}
		if strings.Contains(part, "=") {
			parts[i] = name + "=" + text
		}
	}
	return strings.Join(parts, "&"), nil
}

func (x *expander) body(contentType string, body []byte) ([]byte, error) {
	parse, form := placeholder.Parse, placeholder.Plain
	switch kind, _, _ := mime.ParseMediaType(contentType); {
	case kind == "application/x-www-form-urlencoded":
		parse, form = placeholder.ParseEncoded, placeholder.URL
	case kind == "application/json" || strings.HasSuffix(kind, "+json"):
		form = placeholder.JSON
	}
	text, err := x.expand("body", string(body), parse, form)
	return []byte(text), err
}

// expand is a text that stands at a position of the call.
func (x *expander) expand(position, text string, parse func(string) (*placeholder.Text, error), form placeholder.Form) (string, error) {
	t, err := parse(text)
	if err != nil {
		return "", &Error{Code: CodeInvalidRequest, Message: err.Error(), Err: err}
	}
	references := t.References()
	if len(references) == 0 {
		return text, nil
	}
	if x.count += len(references); x.count > maxExpanded {
		return "", errorf(CodeInvalidRequest, "a call may have %d placeholders", maxExpanded)
	}
	for _, r := range references {
		if !x.rules.allow(r, x.method, x.url, position, x.session) {
			return "", errorf(CodeForbidden, "no rule of integration %q lets the placeholder of %s be expanded in the %s of a %s to this address", x.vault.i.Key, r, oneLine(position, 80), x.method)
		}
	}
	expanded, err := t.Expand(func(r placeholder.Reference) (any, error) { return x.vault.find(x.ctx, r) }, form)
	var known *Error
	switch {
	case errors.As(err, &known):
		return "", known
	case err != nil:
		return "", &Error{Code: CodeInvalidRequest, Message: err.Error(), Err: err}
	}
	return expanded, nil
}

// overrides tells whether a request asks to be taken for another than it is. Fields of multipart bodies, and of what is no whole
// JSON, are looked for by their name.
func overrides(r *http.Request, query string, body []byte) bool {
	for name := range r.Header {
		if overriding[textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))] {
			return true
		}
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/x-www-form-urlencoded" {
		query += "&" + string(body)
	}
	fields, _ := url.ParseQuery(strings.ReplaceAll(query, ";", "&")) // what can be read of it
	for name := range fields {
		if overridingFields[strings.ToLower(name)] {
			return true
		}
	}
	if o, err := value.DecodeObject(body); err == nil {
		return slices.ContainsFunc(o.Keys(), func(name string) bool { return overridingFields[strings.ToLower(name)] })
	}
	if kind == "application/x-www-form-urlencoded" {
		return false
	}
	text := strings.ToLower(string(body))
	return slices.ContainsFunc(slices.Collect(maps.Keys(overridingFields)), func(name string) bool {
		return strings.Contains(text, `"`+name+`"`) || strings.Contains(text, "="+name)
	})
}

// wholeBody reads the body of a request whose placeholders are expanded.
func wholeBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRepeat+1))
	switch {
	case err != nil:
		return nil, &Error{Code: CodeInvalidRequest, Message: "the request's body ended early", Err: err}
	case len(body) > maxRepeat:
		return nil, errorf(CodeInvalidRequest, "a body whose placeholders are expanded may have %s", fmt.Sprintf("%d bytes", maxRepeat))
	}
	return body, nil
}
