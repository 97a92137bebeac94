package httpapi

import (
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// setLibrary tells the typed handlers' library, which asks package variables, how its own errors look and that the names
// of members are exact: `Owner` beside `owner` would otherwise count as the same.
var setLibrary = sync.OnceFunc(func() {
	huma.ValidateStrictCasing = true
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError { return unfit(status, message, errs) }
})

// openAPI describes the interface; the operations add themselves.
func (s *server) openAPI() huma.Config {
	c := huma.DefaultConfig("Claviger", s.Version)
	c.Info.Description = "Connections to OAuth2 and API-key providers: authorize once, get a usable token ever after. " +
		"Every error is an RFC 9457 problem document with a stable code."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema members in answers
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": exactJSON, "json": exactJSON}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {
		Type: "http", Scheme: "bearer", Description: "an API key; `claviger keys create` makes one. From a page in a browser: the token of a session",
	}}
	c.Security = []map[string][]string{{"key": {}}}
	if u, err := url.Parse(s.PublicURL); err == nil {
		c.Servers = []*huma.Server{{URL: u.String()}}
	}
	return c
}

var operationName = strings.NewReplacer("/v1", "", "/{id}", "-one", "/{key}", "-one", "/{", "-", "}", "", "/", "-", ".", "-")

// operation describes a typed operation; its id is made of method and path.
func operation(method, path, tag, summary string) huma.Operation {
	op := huma.Operation{
		Method: method, Path: path, Summary: summary, Tags: []string{tag},
		OperationID: strings.ToLower(method) + operationName.Replace(path), BodyReadTimeout: bodyTime,
		Errors: []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable},
	}
	if method == http.MethodDelete {
		op.DefaultStatus = http.StatusNoContent
	}
	return op
}

// plain is an answer of a route that has no typed handler.
type plain struct {
	status      int
	description string
	contentType string // empty: no body
}

var (
	page       = plain{http.StatusOK, "a page for people", "text/html"}
	failedPage = plain{http.StatusBadRequest, "a page that says what went wrong", "text/html"}
	onward     = plain{http.StatusSeeOther, "to the provider, to the return URL, or to a page of ours", ""}
)

var pathParameter = regexp.MustCompile(`\{([^}]+)\}`)

// describe adds a route that has no typed handler to the description. secured says that it needs an API key.
func (s *server) describe(method, path, tag, summary string, secured bool, answers ...plain) {
	op := operation(method, path, tag, summary)
	op.Responses = map[string]*huma.Response{}
	if !secured {
		op.Security = []map[string][]string{}
	}
	for _, name := range pathParameter.FindAllStringSubmatch(path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}
	for _, a := range answers {
		r := &huma.Response{Description: a.description}
		switch a.contentType {
		case "":
		case problemType:
			schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
			r.Content = map[string]*huma.MediaType{problemType: {Schema: schema}}
		default:
			r.Content = map[string]*huma.MediaType{a.contentType: {Schema: &huma.Schema{}}}
		}
		op.Responses[strconv.Itoa(a.status)] = r
	}
	s.api.OpenAPI().AddOperation(&op)
}
