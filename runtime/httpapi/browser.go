package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/pages"
)

// maxForm bounds the connect page's form and a posted callback.
const maxForm = 256 << 10

func (s *server) browserRoutes() {
	s.echo.GET("/connect/:token", s.openConnect)
	s.echo.HEAD("/connect/:token", func(c echo.Context) error { return c.NoContent(http.StatusOK) })
	s.echo.POST("/connect/:token", s.submitConnect)
	s.echo.GET("/oauth/callback/:integration", s.callback)
	s.echo.POST("/oauth/callback/:integration", s.postedCallback)
}

func (s *server) openConnect(c echo.Context) error {
	r := c.Request()
	if !navigation(r) {
		return s.page(c, http.StatusOK, pages.Notice{
			Title: "Connect your account", Text: "Open this link in your browser to go on.", Link: "", LinkText: "",
		})
	}
	step, err := s.Engine.OpenConnect(r.Context(), c.Param("token"), s.browser(r))
	return s.step(c, step, err)
}

func (s *server) submitConnect(c echo.Context) error {
	r := c.Request()
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return s.step(c, nil, &runtime.Error{Code: runtime.CodeFlowRefused, Message: "this form was not sent from its own page; go back and start again"})
	}
	form, err := readForm(c)
	if err != nil {
		return s.step(c, nil, err)
	}
	step, err := s.Engine.SubmitConnect(r.Context(), c.Param("token"), s.browser(r), func(fields []connectors.Field) *value.Object {
		return typedInput(fields, form)
	})
	return s.step(c, step, err)
}

// readForm reads a form body, bounded.
func readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "the form cannot be read", Err: err}
	}
	return r.PostForm, nil
}

// typedInput gives the texts of a form the types that the connector's schema asks for. An empty text is a field that was
// left out; what does not fit stays a text, which the schema then refuses by name.
func typedInput(fields []connectors.Field, form url.Values) *value.Object {
	o := value.NewObject(len(fields))
	for _, f := range fields {
		text := form.Get(f.Name)
		switch {
		case f.Type == "boolean":
			o.Set(f.Name, text == "true" || text == "on")
		case text == "":
		case f.Type == "number" || f.Type == "integer":
			o.Set(f.Name, number(text))
		case f.Type == "array" || f.Type == "object":
			o.Set(f.Name, parsed(text))
		default:
			o.Set(f.Name, text)
		}
	}
	return o
}

func number(text string) any {
	if json.Valid([]byte(text)) && strings.Trim(text, "0123456789+-.eE") == "" {
		return value.Number(text)
	}
	return text
}

func parsed(text string) any {
	v, err := value.Decode([]byte(text))
	if err != nil {
		return text
	}
	return v
}

func (s *server) callback(c echo.Context) error {
	r := c.Request()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return s.step(c, nil, &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "the provider sent an answer that cannot be read; go back and start again"})
	}
	integration := c.Param("integration")
	if handle := query.Get("handle"); handle != "" && len(query) == 1 {
		step, err := s.Engine.ResumeCallback(r.Context(), integration, handle, s.browser(r))
		return s.step(c, step, err)
	}
	step, err := s.Engine.Callback(r.Context(), integration, query, s.browser(r))
	return s.step(c, step, err)
}

// postedCallback is response_mode=form_post. A cross-site POST carries no cookie, so the answer is a GET of our own.
func (s *server) postedCallback(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return s.step(c, nil, err)
	}
	target, err := s.Engine.HoldCallback(c.Request().Context(), c.Param("integration"), form)
	if err != nil {
		return s.step(c, nil, err)
	}
	return s.step(c, &runtime.Step{Redirect: target}, nil)
}

// step writes what a browser gets next: a redirect, the form, the end, or an error in plain words.
func (s *server) step(c echo.Context, step *runtime.Step, err error) error {
	if err != nil {
		e := s.logged(err)
		return s.page(c, statuses[e.Code], pages.Notice{Title: "This did not work", Text: e.Message, Failed: true})
	}
	if k := step.Cookie; k != nil {
		c.SetCookie(&http.Cookie{
			Name: k.Name, Value: k.Value, Path: "/", MaxAge: int(k.Life.Seconds()), Secure: k.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	}
	switch {
	case step.Redirect != "":
		pages.Headers(c.Response().Header())
		return c.Redirect(http.StatusSeeOther, step.Redirect)
	case step.Form != nil:
		status := http.StatusOK
		if len(step.Form.Errors) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return s.page(c, status, formPage(step.Form))
	}
	return s.page(c, http.StatusOK, pages.Notice{Title: "Connected", Text: "Your account is connected. You can close this window."})
}

// logged is the error as the engine knows it; what went wrong on our side or the provider's is logged.
func (s *server) logged(err error) *runtime.Error {
	e := runtime.AsError(err)
	if statuses[e.Code] >= http.StatusInternalServerError {
		s.Log.Error("page failed", "code", string(e.Code), "error", e.Message)
	}
	return e
}

func (s *server) page(c echo.Context, status int, p pages.Page) error {
	pages.Headers(c.Response().Header())
	c.Response().Header().Set("Content-Type", "text/html; charset=utf-8")
	c.Response().WriteHeader(status)
	return p.Write(c.Response())
}

// formPage is the connect page with what is known and what is wrong.
func formPage(f *runtime.Form) pages.Form {
	p := pages.Form{Connector: f.Connector, Description: f.Description, HelpURL: f.HelpURL}
	for _, field := range f.Fields {
		q := pages.Field{
			Name: field.Name, Title: field.Title, Description: field.Description, Type: field.Type, Required: field.Required,
			Secret: field.Secret, Format: field.Format,
		}
		for _, choice := range field.Enum {
			q.Options = append(q.Options, value.String(choice))
		}
		if known := f.Values.Get(field.Name); known != value.Undefined && known != nil && !field.Secret {
			q.Value = value.String(known)
		}
		for _, e := range f.Errors {
			if e.Path == "parameters."+field.Name || strings.HasPrefix(e.Path, "parameters."+field.Name+".") {
				q.Error = e.Message
			}
		}
		p.Fields = append(p.Fields, q)
	}
	for _, e := range f.Errors {
		if e.Path == "parameters" {
			p.Error = e.Message
		}
	}
	return p
}

// browser is what a request tells about its browser.
func (s *server) browser(r *http.Request) runtime.Browser {
	return runtime.Browser{Navigation: navigation(r), Cookie: func(name string) string {
		c, err := r.Cookie(name)
		if err != nil {
			return ""
		}
		return c.Value
	}}
}

// scanners are words in the User-Agent of programs that open links before people do.
var scanners = []string{"bot", "crawl", "spider", "preview", "scan", "facebookexternalhit", "whatsapp", "slack", "proofpoint", "mimecast", "barracuda"}

// navigation tells whether a person opened this address, as far as can be told: a top-level navigation (Fetch Metadata),
// no prefetch, no link scanner. A client that says nothing of the kind, such as curl, counts as a person.
func navigation(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if purpose := strings.ToLower(r.Header.Get(name)); strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "preview") {
			return false
		}
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
		return false
	}
	agent := strings.ToLower(r.UserAgent())
	for _, word := range scanners {
		if strings.Contains(agent, word) {
			return false
		}
	}
	return r.Method == http.MethodGet
}
