package apiclient

import (
	"net/http"
	"slices"
	"strings"

	"claviger/mapping/value"
)

// Request is one call of the API. Method and Path are required.
type Request struct {
	Method       string
	Path         string // below the base URI, or an absolute URL
	BaseURI      string // in the place of the client's; empty: the client's
	Query        []pair
	Header       http.Header // laid over the client's
	Without      []string    // of the client's headers, canonical names, that are not sent
	Auth         *Auth       // in the place of the client's; nil: the client's
	Body         []byte      // nil: none
	ContentType  string      // of Body, unless Header has one
	ResponseType ResponseType
}

// ResponseType is how the body of an answer is read.
type ResponseType string

// The response types.
const (
	ByContent ResponseType = ""            // JSON where it is JSON, else text
	AsJSON    ResponseType = "json"        // anything else is an error
	AsText    ResponseType = "text"        //
	AsBytes   ResponseType = "arraybuffer" // Response.Bytes
)

var responseTypes = []string{string(AsJSON), string(AsText), string(AsBytes)}

var optionFields = []string{"headers", "query", "baseUri", "auth", "responseType"}

// Called is the request of apiClient.get and its like: options is {headers, query, baseUri, auth, responseType}, nil for
// none; query is the second argument of get, whose parameters replace those of the same name in options. The error is a
// *FormError.
func Called(method, path string, query, options *value.Object, body []byte, contentType string) (Request, error) {
	p := &parser{}
	r := Request{Method: method, Path: path, Body: body, ContentType: contentType}
	all := value.NewObject(4)
	if given := options.Get("query"); !isNothing(given) {
		all.Merge(p.object("options.query", given))
	}
	all.Merge(query)
	r.Query = p.parameters("query", all)
	if v := options.Get("headers"); !isNothing(v) {
		r.Header, r.Without = p.headers("options.headers", v)
	}
	if v := options.Get("baseUri"); !isNothing(v) {
		r.BaseURI = p.text("options.baseUri", v)
	}
	if v := options.Get("auth"); !isNothing(v) {
		r.Auth = p.auth("options.auth", v)
	}
	if v := options.Get("responseType"); !isNothing(v) {
		r.ResponseType = ResponseType(p.word("options.responseType", v, responseTypes))
	}
	for _, name := range options.Keys() {
		if !slices.Contains(optionFields, name) {
			p.mistake(join("options", shorten(name, 60)), "%s", unknownWord(name, append(slices.Clone(optionFields), "returnFullResponse")))
		}
	}
	return r, p.refused("apiClient." + strings.ToLower(method))
}

// Mapped is the request of a rest-api-mapping: made is {path, pathParameters, query, headers, data, form}, or what stands
// there under requestMapping. The error is a *FormError.
func Mapped(method string, made *value.Object) (Request, error) {
	p := &parser{}
	if whole := made.Get("requestMapping"); !isNothing(whole) {
		laid := made.Clone()
		laid.Delete("requestMapping")
		laid.Merge(p.object("requestMapping", whole))
		made = laid
	}
	r := Request{Method: method}
	parameters := map[string]string{}
	p.members("", made, []field{
		{"path", func(p *parser, at string, v any) { r.Path = p.text(at, v) }},
		{"pathParameters", func(p *parser, at string, v any) {
			p.each(at, v, func(at, name string, item any) { parameters[name] = p.scalar(at, item) })
		}},
		{"query", func(p *parser, at string, v any) { r.Query = p.parameters(at, v) }},
		{"headers", func(p *parser, at string, v any) { r.Header, r.Without = p.headers(at, v) }},
		{"form", func(p *parser, at string, v any) { r.Body, r.ContentType = encodeForm(p.parameters(at, v)), formType }},
		{"data", func(p *parser, at string, v any) { p.data(&r, at, v) }},
	})
	if !isNothing(made.Get("form")) && !isNothing(made.Get("data")) {
		p.mistake("form", "data and form cannot both be there")
	}
	path, err := fill(r.Path, parameters)
	if err != nil {
		p.mistake("path", "%s", err.Error())
	}
	r.Path = path
	return r, p.refused("the request")
}

func (p *parser) refused(what string) error {
	if len(p.mistakes) == 0 {
		return nil
	}
	return &FormError{Of: what, Mistakes: p.mistakes}
}

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// data is JSON, or a text as it is.
func (p *parser) data(r *Request, at string, v any) {
	if text, ok := v.(string); ok {
		r.Body, r.ContentType = []byte(text), "text/plain;charset=UTF-8"
		return
	}
	body, err := value.Encode(v)
	if err != nil {
		p.mistake(at, "it cannot be written as JSON: %s", err.Error())
	}
	r.Body, r.ContentType = body, jsonType
}

func encodeForm(form []pair) []byte {
	encoded := make([]string, len(form))
	for i, p := range form {
		encoded[i] = encodePair(p)
	}
	return []byte(strings.Join(encoded, "&"))
}
