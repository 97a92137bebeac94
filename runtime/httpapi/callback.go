package httpapi

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"claviger/runtime"
	"claviger/runtime/pages"
)

func (s *server) callback(c echo.Context) error {
	r := c.Request()
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return s.step(c, nil, &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "the provider sent an answer that cannot be read; go back and start again"})
	}
	integration := c.Param("integration")
	if handle := query.Get("handle"); handle != "" && len(query) == 1 {
		step, err := s.Engine.ResumeCallback(r.Context(), integration, handle, s.browser(r, false))
		return s.step(c, step, err)
	}
	b := s.browser(r, false)
	b.Address = s.callbackAddress(c)
	step, err := s.Engine.Callback(r.Context(), integration, query, b)
	return s.step(c, step, err)
}

// callbackAddress is a callback's whole address, without the fragment.
func (s *server) callbackAddress(c echo.Context) string {
	address := s.Engine.CallbackURL(c.Param("integration"))
	if query := c.Request().URL.RawQuery; query != "" {
		address += "?" + query
	}
	return address
}

// postedCallback is response_mode=form_post, or a fragment that our own page sends up. A cross-site POST carries no cookie, so
// the answer is a GET of our own.
func (s *server) postedCallback(c echo.Context) error {
	form, err := readForm(c)
	if err != nil {
		return s.step(c, nil, err)
	}
	address := s.callbackAddress(c)
	if site := c.Request().Header.Get("Sec-Fetch-Site"); form.Has(pages.FragmentField) && (site == "" || site == "same-origin") {
		fragment := form.Get(pages.FragmentField)
		form, address = s.carried(c.Request(), fragment), address+"#"+fragment
	}
	target, err := s.Engine.HoldCallback(c.Request().Context(), c.Param("integration"), form, address)
	if err != nil {
		return s.step(c, nil, err)
	}
	return s.step(c, &runtime.Step{Redirect: target}, nil)
}

// carried is what a callback brings in query and fragment together. What is no list of parameters is for patterns, which look
// at the address.
func (s *server) carried(r *http.Request, fragment string) url.Values {
	all, _ := url.ParseQuery(r.URL.RawQuery)
	more, err := url.ParseQuery(fragment)
	if err != nil {
		return all
	}
	for name, values := range more {
		all[name] = append(all[name], values...)
	}
	return all
}

// fragmentScript is what the page that carries a fragment runs.
const fragmentScript = "/oauth/fragment.js"

func (s *server) script(c echo.Context, text string) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	return c.Blob(http.StatusOK, "text/javascript; charset=utf-8", []byte(text))
}
