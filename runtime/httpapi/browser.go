package httpapi

import (
	"net/http"
	"net/url"
	"slices"
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
	s.echo.HEAD("/connect/:token", s.headConnect)
	s.echo.POST("/connect/:token", s.submitConnect)
	s.echo.GET(donePath, s.done)
	s.echo.GET("/oauth/callback/:integration", s.callback)
	s.echo.POST("/oauth/callback/:integration", s.postedCallback)
	s.echo.GET(fragmentScript, func(c echo.Context) error { return s.script(c, pages.FragmentScript) })
	const tag = "browser"
	s.describe(http.MethodGet, "/connect/{token}", tag, "What a user's browser opens: the form, or straight on to the provider", false, page, onward, failedPage)
	s.describe(http.MethodPost, "/connect/{token}", tag, "The form coming back", false, page, onward, failedPage,
		plain{http.StatusUnprocessableEntity, "the form again, with what is wrong", "text/html"})
	s.describe(http.MethodGet, "/oauth/callback/{integration}", tag, "The provider sending a browser back", false, page, onward, failedPage)
	s.describe(http.MethodGet, fragmentScript, tag, "What the page runs that sends up a callback's fragment", false, plain{http.StatusOK, "a script", "text/javascript"})
	s.describe(http.MethodPost, "/oauth/callback/{integration}", tag, "The same as a form (response_mode=form_post)", false, onward, failedPage)
}

// donePath is the page that says that it worked: an address of its own, so that no code stays in a browser's history.
const donePath = "/connect/done"

func (s *server) done(c echo.Context) error {
	return s.page(c, http.StatusOK, pages.Notice{Title: "Connected", Text: "Your account is connected. You can close this window."})
}

// headConnect tells programs that a link leads somewhere, and nothing else.
func (s *server) headConnect(c echo.Context) error {
	pages.Headers(c.Response().Header())
	return c.NoContent(http.StatusOK)
}

// goOn is the button's name on the page that stands before a link which a program seems to have opened.
const goOn = "claviger-continue"

func (s *server) openConnect(c echo.Context) error {
	r := c.Request()
	switch {
	case prefetch(r): // an error, so that no browser keeps this page for the visit that follows
		return s.page(c, http.StatusServiceUnavailable, pages.Notice{Title: "Connect your account", Text: "This page is not to be fetched ahead."})
	case !navigation(r):
		return s.page(c, http.StatusOK, pages.Notice{Title: "Connect your account", Text: "Go on to connect your account.", Button: "Continue", ButtonName: goOn})
	}
	step, err := s.Engine.OpenConnect(r.Context(), c.Param("token"), s.browser(r, true))
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
	if form.Has(goOn) {
		step, err := s.Engine.OpenConnect(r.Context(), c.Param("token"), s.browser(r, true))
		return s.step(c, step, err)
	}
	step, err := s.Engine.SubmitConnect(r.Context(), c.Param("token"), s.browser(r, false), func(fields []connectors.Field) *value.Object {
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

// step writes what a browser gets next: a redirect, the form, the end, or an error in plain words.
func (s *server) step(c echo.Context, step *runtime.Step, err error) error {
	if err != nil {
		e := s.logged(err)
		for name, values := range newProblem(e).GetHeaders() {
			c.Response().Header()[name] = values
		}
		notice := pages.Notice{Title: "This did not work", Text: e.Message, Failed: true}
		if e.Code == runtime.CodeOverloaded {
			notice.Title, notice.Failed = "One moment, please", false
		}
		return s.page(c, statuses[e.Code], notice)
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
	case step.Carry:
		return s.page(c, http.StatusOK, pages.Carry{Script: s.PublicURL + fragmentScript})
	}
	pages.Headers(c.Response().Header())
	return c.Redirect(http.StatusSeeOther, s.PublicURL+donePath)
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
	if carry, ok := p.(pages.Carry); ok {
		carry.Allow(c.Response().Header())
	}
	c.Response().Header().Set("Content-Type", "text/html; charset=utf-8")
	c.Response().WriteHeader(status)
	return p.Write(c.Response())
}

// browser is what a request tells about its browser.
func (s *server) browser(r *http.Request, navigation bool) runtime.Browser {
	return runtime.Browser{Navigation: navigation, Cookie: func(name string) string {
		c, err := r.Cookie(name)
		if err != nil {
			return ""
		}
		return c.Value
	}}
}

// prefetch tells whether a browser fetches ahead of a visit that may never come.
func prefetch(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		if purpose := strings.ToLower(r.Header.Get(name)); strings.Contains(purpose, "prefetch") || strings.Contains(purpose, "preview") {
			return true
		}
	}
	return false
}

// scanners are words in the User-Agent of programs that open links before people do.
var scanners = []string{"bot", "crawl", "spider", "preview", "scan", "facebookexternalhit", "whatsapp", "slack", "proofpoint", "mimecast", "barracuda"}

// navigation tells whether a person opened this address, as far as can be told: a top-level navigation (Fetch Metadata),
// no link scanner. A client that says nothing of the kind, such as curl, counts as a person; a person who is taken for a
// program is asked to press a button.
func navigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	if dest := r.Header.Get("Sec-Fetch-Dest"); dest != "" && dest != "document" {
		return false
	}
	agent := strings.ToLower(r.UserAgent())
	return !slices.ContainsFunc(scanners, func(word string) bool { return strings.Contains(agent, word) })
}
