package fakeprovider

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// maxBody is the largest request body, in bytes; a larger one is a 400.
const maxBody = 4 << 20

// Request is a request as it arrived. It holds secrets, so it prints as method and path only; its fields are for
// assertions.
type Request struct {
	Endpoint Endpoint
	At       time.Time
	Method   string
	Path     string
	Query    url.Values
	Header   http.Header
	Body     []byte
	// Params are the parameters of query and body (form or JSON object; the body's win), under their standard names. At
	// /api they are empty.
	Params url.Values
	// Grant is grant_type at the token endpoint, else empty.
	Grant string

	base string // scheme and authority the request came to
	json bool   // the body was application/json
}

// String is method and path, nothing else.
func (q Request) String() string { return q.Method + " " + q.Path }

// Format prints String under every verb.
func (q Request) Format(s fmt.State, _ rune) { fmt.Fprint(s, q.String()) }

// MarshalText gives String to JSON and text encoders.
func (q Request) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// LogValue is String.
func (q Request) LogValue() slog.Value { return slog.StringValue(q.String()) }

// read takes a request in and writes it to the log.
func (p *Provider) read(e Endpoint, r *http.Request) (*Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("the body could not be read: %w", err)
	}
	q := &Request{
		Endpoint: e, At: p.o.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(),
		Header: r.Header.Clone(), Body: body, Params: url.Values{}, base: "http://" + r.Host,
	}
	if r.TLS != nil {
		q.base = "https://" + r.Host
	}
	if e != API {
		if q.Params, err = p.params(q); err != nil {
			return nil, err
		}
	}
	if e == Token {
		q.Grant = q.Params.Get("grant_type")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log.add(*q, p.o.Keep)
	return q, nil
}

func (p *Provider) params(q *Request) (url.Values, error) {
	all := url.Values{}
	for name, values := range q.Query {
		all[name] = slices.Clone(values)
	}
	body, err := q.parseBody()
	if err != nil {
		return nil, err
	}
	for name, values := range body {
		all[name] = values
	}
	for name, own := range p.o.ParamNames {
		delete(all, name)
		if values, ok := all[own]; ok {
			all[name] = values
			delete(all, own)
		}
	}
	return all, nil
}

func (q *Request) parseBody() (url.Values, error) {
	if len(q.Body) == 0 {
		return nil, nil
	}
	kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		return url.ParseQuery(string(q.Body))
	case "application/json":
		q.json = true
		return parseJSON(q.Body)
	}
	return nil, fmt.Errorf("content type %q is not understood", kind)
}

// parseJSON reads an object of texts, numbers and lists of them as parameters.
func parseJSON(body []byte) (url.Values, error) {
	fields := map[string]any{}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("the body is not a JSON object: %w", err)
	}
	params := url.Values{}
	for name, v := range fields {
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, item := range list {
			params.Add(name, fmt.Sprint(item))
		}
	}
	return params, nil
}
