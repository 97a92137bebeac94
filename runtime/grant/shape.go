package grant

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"claviger/mapping/value"
)

// shape makes of the library's plain form request the one that the Config asks for.
func (t *tokenCall) shape(plain *http.Request) (*http.Request, *Failure) {
	body, err := io.ReadAll(plain.Body)
	if err != nil {
		return nil, failed(Internal, "the token request could not be read")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, failed(Internal, "the token request could not be read")
	}
	if len(t.c.Resource) > 0 {
		form[resourceParam] = t.c.Resource
	}
	return t.c.post(plain, form, t.extra, t.hide)
}

// post writes a request with the Config's client authentication, names, format and headers. plain gives URI, context and
// what the library has put into the header. hide is told every secret that goes along and that the Config alone knows.
func (c *Config) post(plain *http.Request, form url.Values, extra Overlay, hide func(...string)) (*http.Request, *Failure) {
	for name, values := range form {
		if !isClean(name) || slices.ContainsFunc(values, func(v string) bool { return !isClean(v) }) {
			return nil, failed(Misconfigured, "the parameter %s of the token request holds a line break or a NUL character, which is refused", shorten(name, 60))
		}
	}
	renameValues(form, c.TokenNames)
	body, contentType, err := c.body(form, extra)
	if err != nil {
		return nil, failed(Internal, "the token request could not be written")
	}
	request, err := http.NewRequestWithContext(plain.Context(), http.MethodPost, plain.URL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, failed(Misconfigured, "the token request's URI cannot be used")
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	if auth := plain.Header.Get("Authorization"); auth != "" {
		request.Header.Set("Authorization", auth)
	}
	if c.ClientAuthLocation == AuthBoth && !c.ClientSecret.IsEmpty() {
		request.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(c.ClientSecret.Reveal()))
	}
	c.layHeaders(request.Header)
	c.hideOwn(extra, hide)
	return request, nil
}

func (c *Config) layHeaders(h http.Header) {
	for _, param := range c.TokenHeaders {
		if text, ok := param.Value.(string); ok {
			h.Set(param.Name, text)
			continue
		}
		h.Del(param.Name)
	}
}

// body writes the parameters and lays extra over them. A standard name removes the parameter under whatever name it is
// sent.
func (c *Config) body(form url.Values, extra Overlay) (body []byte, contentType string, err error) {
	if c.TokenRequestFormat == FormatJSON {
		body, err = value.Encode(c.jsonBody(form, extra))
		return body, "application/json", err
	}
	for _, param := range extra {
		if param.Value == nil {
			form.Del(param.Name)
			form.Del(sentAs(c.TokenNames, param.Name))
			continue
		}
		form.Set(param.Name, value.String(param.Value))
	}
	return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
}

func (c *Config) jsonBody(form url.Values, extra Overlay) *value.Object {
	o := value.NewObject(len(form) + len(extra))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if values := form[name]; len(values) == 1 {
			o.Set(name, values[0])
		} else {
			o.Set(name, texts(values))
		}
	}
	for _, param := range extra {
		if param.Value == nil {
			o.Delete(param.Name)
			o.Delete(sentAs(c.TokenNames, param.Name))
			continue
		}
		o.Set(param.Name, param.Value)
	}
	return o
}

func texts(values []string) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return list
}

// hideOwn names the secrets among the author's own parameters and headers.
func (c *Config) hideOwn(extra Overlay, hide func(...string)) {
	for _, param := range slices.Concat(extra, c.TokenHeaders) {
		if text, ok := param.Value.(string); ok && isSecretName(param.Name) {
			hide(text)
		}
	}
}
