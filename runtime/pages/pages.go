// Package pages is what an end user's browser shows: the connect form, and notices in plain words. Pages have no outside
// resource and, but for the one that carries a fragment, no script; everything shown goes through html/template.
package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"strings"
)

//go:embed *.html *.js style.css client.d.ts
var files embed.FS

// Page is something to show.
type Page interface {
	Write(w io.Writer) error
}

// Notice is a title and a sentence.
type Notice struct {
	Title, Text        string
	Failed             bool
	Button, ButtonName string // a button that posts its name to the page's own address; empty: none
}

// Carry sends up the fragment of its own address, as the field FragmentField of a form.
type Carry struct {
	Script string // where FragmentScript is, absolute
}

// FragmentField is the name under which a fragment comes.
const FragmentField = "claviger-fragment"

// Form asks for connection parameters. It posts to its own address.
type Form struct {
	Connector   string
	Description string
	HelpURL     string
	Error       string // about the whole
	Fields      []Field
}

// Field is one question. Type is a JSON Schema type; Options makes it a choice.
type Field struct {
	Name, Title, Description, Type, Format, Value, Error string
	Required, Secret                                     bool
	Options                                              []string
}

// Label is what stands before the field.
func (f Field) Label() string {
	if f.Title != "" {
		return f.Title
	}
	return f.Name
}

// Input is the HTML input type.
func (f Field) Input() string {
	switch {
	case f.Secret:
		return "password"
	case f.Type == "number" || f.Type == "integer":
		return "number"
	case f.Format == "email":
		return "email"
	case f.Format == "uri":
		return "url"
	}
	return "text"
}

// IsList tells whether the field takes one item a line.
func (f Field) IsList() bool { return f.Type == "array" && !f.Secret }

// Write renders the notice.
func (n Notice) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "notice.html", n) }

// Allow lets the page run its script, beyond what Headers allows.
func (c Carry) Allow(h http.Header) {
	h.Set("Content-Security-Policy", policy+"; script-src "+c.Script)
}

// Write renders the page.
func (c Carry) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "carry.html", c) }

// Write renders the form.
func (f Form) Write(w io.Writer) error { return templates.ExecuteTemplate(w, "form.html", f) }

// FragmentScript is the one script of pages. ClientModule is for the pages of others, ClientTypes for their authors.
var (
	FragmentScript = mustRead("fragment.js")
	ClientModule   = mustRead("client.js")
	ClientTypes    = mustRead("client.d.ts")
)

var (
	style     = mustRead("style.css")
	templates = template.Must(template.New("").Funcs(template.FuncMap{
		"style":    func() template.CSS { return template.CSS(style) },
		"sentence": sentence,
	}).ParseFS(files, "*.html"))
	policy = contentPolicy()
)

func mustRead(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(text)
}

// sentence gives a message of the engine the form of prose: a capital where it begins with a word, and a full stop.
func sentence(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == "" {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "…") {
		text += "."
	}
	return text
}

// contentPolicy allows our one style sheet and nothing else. There is no form-action: browsers apply it to the redirect
// that answers a form as well, and that leads to the provider.
func contentPolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; frame-ancestors 'none'"
}

// Headers sets what every answer to a browser carries: no referrer, no store, no frame, no script, an opener of its own.
func Headers(h http.Header) {
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
}
