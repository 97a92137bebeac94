package fakeprovider

import (
	"bytes"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// callback is an authorization response (RFC 6749 4.1.2) on its way through the browser.
type callback struct {
	redirectURI string
	mode        string // response_mode: query (also when empty), fragment or form_post
	params      url.Values
}

func (p *Provider) callback(q *Request, params url.Values) *answer {
	if state := q.Params.Get("state"); state != "" {
		params.Set("state", state)
	}
	if p.o.SendIss {
		params.Set("iss", p.issuer(q))
	}
	c := &callback{redirectURI: q.Params.Get("redirect_uri"), mode: q.Params.Get("response_mode"), params: params}
	if c.mode == "" && q.implicit() && p.o.Implicit {
		c.mode = "fragment"
	}
	return &answer{header: http.Header{}, callback: c}
}

func (c *callback) render(a *answer) {
	if c.mode == "form_post" {
		var page bytes.Buffer
		// The template is ours and writes to memory: it cannot fail.
		_ = formPost.Execute(&page, map[string]any{"URI": c.redirectURI, "Params": c.params})
		a.status, a.body = http.StatusOK, page.Bytes()
		a.header.Set("Content-Type", "text/html; charset=utf-8")
		return
	}
	sign := "?"
	switch {
	case c.mode == "fragment":
		sign = "#"
	case strings.Contains(c.redirectURI, "?"):
		sign = "&"
	}
	a.status = http.StatusSeeOther
	a.header.Set("Location", c.redirectURI+sign+c.params.Encode())
}

// formPost is the page of OAuth 2.0 Form Post Response Mode: it sends itself, or on a click where scripts are off.
var formPost = template.Must(template.New("form_post").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Back to the application</title>
<body onload="document.forms[0].submit()"><form method="post" action="{{.URI}}">
{{range $name, $values := .Params}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<button>Continue</button></form></body></html>
`))
