package worker

import (
	_ "embed"
	"net/url"
	"strings"

	"github.com/dop251/goja"
	whatwg "github.com/nlnwa/whatwg-url/url"
)

//go:embed global_url.js
var urlScript string

// urlGlobal is URL and URLSearchParams, per the URL standard; a library does the parsing.
//
//	new URL('../b?x=1#y', 'https://example.com/a/c').href           // 'https://example.com/b?x=1#y'
//	new URLSearchParams({q: 'a b', n: 1}).toString()                // 'q=a+b&n=1'
var urlGlobal = global{
	name: "url", provides: []string{"URL", "URLSearchParams"}, script: urlScript,
	natives: map[string]native{"parse": parseURL, "change": changeURL, "parseForm": parseForm, "encodeForm": encodeForm},
}

// parseURL is parse(text, base) → parts, null where the text is no URL; base may be undefined.
func parseURL(m *machine, call goja.FunctionCall) goja.Value {
	var u *whatwg.Url
	var err error
	if base := call.Argument(1); goja.IsUndefined(base) {
		u, err = whatwg.Parse(call.Argument(0).String())
	} else {
		u, err = whatwg.ParseRef(base.String(), call.Argument(0).String())
	}
	if err != nil {
		return goja.Null()
	}
	return m.urlParts(u)
}

// changeURL is change(href, part, value) → parts. A value that does not fit leaves the URL as it is.
func changeURL(m *machine, call goja.FunctionCall) goja.Value {
	u, err := whatwg.Parse(call.Argument(0).String())
	if err != nil {
		return goja.Null()
	}
	set, value := *u, call.Argument(2).String()
	changed := &set
	setURLPart(changed, call.Argument(1).String(), value)
	if again, err := whatwg.Parse(changed.Href(false)); err == nil {
		return m.urlParts(again)
	}
	return m.urlParts(u)
}

func setURLPart(u *whatwg.Url, part, value string) {
	switch part {
	case "protocol":
		u.SetProtocol(value)
	case "username":
		u.SetUsername(value)
	case "password":
		u.SetPassword(value)
	case "host":
		u.SetHost(value)
	case "hostname":
		u.SetHostname(value)
	case "port":
		u.SetPort(value)
	case "pathname":
		u.SetPathname(value)
	case "search":
		u.SetSearch(value)
	case "hash":
		u.SetHash(value)
	}
}

func (m *machine) urlParts(u *whatwg.Url) goja.Value {
	o := m.vm.NewObject()
	for _, part := range []struct{ name, text string }{
		{"href", u.Href(false)}, {"origin", originOf(u)}, {"protocol", u.Protocol()}, {"username", u.Username()},
		{"password", u.Password()}, {"host", u.Host()}, {"hostname", u.Hostname()}, {"port", u.Port()},
		{"pathname", u.Pathname()}, {"search", u.Search()}, {"hash", u.Hash()},
	} {
		m.set(o, part.name, part.text)
	}
	return o
}

// originOf is scheme://host for the schemes that have an origin, else "null".
func originOf(u *whatwg.Url) string {
	switch u.Scheme() {
	case "http", "https", "ws", "wss", "ftp":
		return u.Protocol() + "//" + u.Host()
	case "blob":
		if inner, err := whatwg.Parse(u.Pathname()); err == nil && (inner.Scheme() == "http" || inner.Scheme() == "https") {
			return originOf(inner)
		}
	}
	return "null"
}

// parseForm is parseForm(text) → [[name, value], …].
func parseForm(m *machine, call goja.FunctionCall) goja.Value {
	pairs := formPairs(call.Argument(0).String())
	list := make([]any, len(pairs))
	for i, p := range pairs {
		list[i] = m.vm.NewArray(p[0], p[1])
	}
	return m.vm.NewArray(list...)
}

// formPairs parses application/x-www-form-urlencoded (URL standard, section 5.1). Nothing is an error.
func formPairs(text string) [][2]string {
	var pairs [][2]string
	for piece := range strings.SplitSeq(text, "&") {
		if piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		pairs = append(pairs, [2]string{decodeFormText(name), decodeFormText(value)})
	}
	return pairs
}

// decodeFormText replaces + and well-formed escapes; others stay as they are.
func decodeFormText(text string) string {
	if !strings.ContainsAny(text, "+%") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(text) && hexDigit(text[i+1]) >= 0 && hexDigit(text[i+2]) >= 0:
			out = append(out, byte(hexDigit(text[i+1])<<4|hexDigit(text[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return validUTF8(out)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// formEscapes is where Go's form encoding differs from the URL standard's.
var formEscapes = strings.NewReplacer("%2A", "*", "~", "%7E")

// encodeForm is encodeForm(text) → one name or value of application/x-www-form-urlencoded.
func encodeForm(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(encodeFormText(call.Argument(0).String()))
}

func encodeFormText(text string) string { return formEscapes.Replace(url.QueryEscape(text)) }
