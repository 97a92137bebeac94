package grant

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/secret"
)

// Answer is a token answer (RFC 6749 section 5.1).
type Answer struct {
	Response   *value.Object // as it came, the fields of tokenFields added under their standard names
	Access     secret.Text   // never empty
	Refresh    secret.Text   // empty: none was given, and the one that was used stays
	Scope      []string      // as granted; nil: the answer says nothing
	Status     int           // HTTP status; 0: it came from a hook
	ReceivedAt time.Time     // when its last byte had arrived
}

// read makes an Answer of what the provider answered, or says why there is none.
func (c *Config) read(a *egress.Answer) (*Answer, *Failure) {
	p := parse(a)
	if failure := c.refused(&p); failure != nil {
		return nil, failure
	}
	answer, message := c.accept(p.object(), a.ReceivedAt)
	if message != "" {
		return nil, c.unusable(&p, message)
	}
	answer.Status = a.Status
	return answer, nil
}

// accept reads the fields of a token response. message says what keeps it from being one.
func (c *Config) accept(response *value.Object, at time.Time) (answer *Answer, message string) {
	response, err := c.placeFields(response)
	if err != nil {
		return nil, "tokenFields could not be applied: " + err.Error()
	}
	for _, name := range []string{"access_token", "refresh_token", "id_token", "token_type", "scope"} {
		if !isClean(response.Text(name)) {
			return nil, "its " + name + " holds a line break or a NUL character, which is refused"
		}
	}
	access := response.Get("access_token")
	if text, ok := access.(string); !ok || strings.TrimSpace(text) == "" {
		return nil, "no access_token in it (expected a string that is not empty, found " + describe(access) + ")"
	}
	return &Answer{
		Response: response, Access: secret.New(response.Text("access_token")), Refresh: secret.New(response.Text("refresh_token")),
		Scope: c.granted(response.Get("scope")), ReceivedAt: at,
	}, ""
}

func describe(v any) string {
	switch {
	case v == value.Undefined:
		return "nothing"
	case value.Kind(v) == "string":
		return "an empty one"
	}
	return value.Kind(v)
}

// placeFields copies the fields that tokenFields points at to their standard names; what is not there changes nothing.
func (c *Config) placeFields(response *value.Object) (*value.Object, error) {
	if len(c.tokenFields) == 0 {
		return response, nil
	}
	placed := response.Clone()
	for _, f := range c.tokenFields {
		v, err := f.locator.Eval(response)
		if err != nil {
			return nil, err
		}
		if v != nil && v != value.Undefined {
			placed.Set(f.field, v)
		}
	}
	return placed, nil
}

// granted splits a scope: at the separator, at spaces and at commas. A list is taken as it is.
func (c *Config) granted(scope any) []string {
	switch t := scope.(type) {
	case string:
		if c.ScopeSeparator != "" {
			t = strings.ReplaceAll(t, c.ScopeSeparator, " ")
		}
		return append([]string{}, strings.FieldsFunc(t, func(r rune) bool { return r == ' ' || r == ',' })...)
	case []any:
		out := []string{}
		for _, item := range t {
			if s, ok := item.(string); ok && s != "" && isClean(s) {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// Read makes an Answer of a token response that a hook returned, tokenFields applied. at is when the hook returned. The
// error is a *Failure of class Malformed; ErrorIn, and ErrorFrom for the hook's last answer, know more.
func (c *Config) Read(result *value.Object, at time.Time) (*Answer, error) {
	answer, message := c.accept(result, at)
	if message != "" {
		return nil, &Failure{
			Class: Malformed, Message: "the result is no token response: " + message, Excerpt: shorten(outline(result), rawLength),
		}
	}
	return answer, nil
}

// plainAnswer is what the library reads of the answer. It takes a form as well as JSON, and faster.
func (t *tokenCall) plainAnswer(request *http.Request) (*http.Response, error) {
	return plainResponse(request, http.StatusOK, url.Values{"access_token": {t.answer.Access.Reveal()}}), nil
}

// failed keeps the failure, without the secrets that were sent, and hands the library an error of RFC 6749 section 5.2,
// or of the transport where there was no answer.
func (t *tokenCall) failed(request *http.Request, f *Failure) (*http.Response, error) {
	t.failure = t.redact(f)
	if f.Status == 0 {
		return nil, t.failure
	}
	code := f.Code
	if code == "" {
		code = string(f.Class)
	}
	return plainResponse(request, http.StatusBadRequest, url.Values{
		"error": {code}, "error_description": {f.Description}, "error_uri": {f.URI},
	}), nil
}

func plainResponse(request *http.Request, status int, fields url.Values) *http.Response {
	body := fields.Encode()
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: request,
		Header:        http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:          io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}
