package apiclient

import (
	"bytes"
	"errors"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"claviger/jsbridge/wire"
	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// Response is what a call gave.
type Response struct {
	Status int
	Header http.Header
	Data   any    // the body, or what a response handler made of it; value.Undefined where there is none
	Bytes  []byte // the body as it is, of AsBytes; else nil
}

// Variable is the response as formulas see it: {data, headers, statusCode, status}, names of headers in lower case.
func (r *Response) Variable() *value.Object {
	headers := value.NewObject(len(r.Header))
	for name, values := range r.Header {
		headers.Set(strings.ToLower(name), strings.Join(values, ", "))
	}
	status := value.Int(r.Status)
	return value.Of("data", r.Data, "headers", headers, "statusCode", status, "status", status)
}

// read takes an answer apart. The error says why it cannot be what was asked for; the response is there all the same.
func read(a *egress.Answer, as ResponseType) (*Response, error) {
	r := &Response{Status: a.Status, Header: a.Header}
	if as == AsBytes {
		r.Bytes = append([]byte{}, a.Body...)
	}
	if as == AsText {
		r.Data = text(a.Body)
		return r, nil
	}
	var err error
	r.Data, err = content(a.Header.Get("Content-Type"), a.Body)
	if _, isText := r.Data.(string); as == AsJSON && err == nil && isText && !isJSON(a.Header.Get("Content-Type")) {
		err = errors.New("the answer is no JSON")
	}
	if as == AsBytes {
		err = nil
	}
	return r, err
}

// content is a body by its type: JSON where it says so, and where it says nothing better and looks so; a form as an object;
// else text.
func content(contentType string, body []byte) (any, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\ufeff")))
	switch {
	case len(body) == 0:
		return value.Undefined, nil
	case isJSON(contentType):
		return decode(body)
	case mediaType(contentType) == formType:
		if form, err := url.ParseQuery(string(body)); err == nil {
			return formObject(form), nil
		}
	case isVague(contentType) && (body[0] == '{' || body[0] == '['):
		if v, err := decode(body); err == nil {
			return v, nil
		}
	}
	return text(body), nil
}

// formObject is a form as an object; a name that stands several times has a list.
func formObject(form url.Values) *value.Object {
	o := value.NewObject(len(form))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		list := make([]any, len(form[name]))
		for i, text := range form[name] {
			list[i] = strings.ToValidUTF8(text, "\ufffd")
		}
		if o.Set(name, list); len(list) == 1 {
			o.Set(name, list[0])
		}
	}
	return o
}

func decode(body []byte) (any, error) {
	if !wire.IsSmall(body) {
		return text(body), errors.New("the answer holds too many values to be read")
	}
	v, err := value.Decode(body)
	if err != nil {
		return text(body), errors.New("the answer says that it is JSON and cannot be read as such")
	}
	return v, nil
}

func text(body []byte) string { return strings.ToValidUTF8(string(body), "\ufffd") }

func mediaType(contentType string) string {
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind
}

func isJSON(contentType string) bool {
	kind := mediaType(contentType)
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// isVague tells of types that servers give to anything.
func isVague(contentType string) bool {
	kind := mediaType(contentType)
	return kind == "" || kind == "text/plain" || kind == "text/html" || kind == "text/javascript" || kind == "application/octet-stream"
}
