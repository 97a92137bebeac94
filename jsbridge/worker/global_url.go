package worker

import (
	_ "embed"

	"github.com/dop251/goja"
	whatwg "github.com/nlnwa/whatwg-url/url"
)

//go:embed global_url.js
var urlScript string

// urlGlobal is URL, per the URL standard; a library does the parsing.
//
//	new URL('../b?x=1#y', 'https://example.com/a/c').href   // 'https://example.com/b?x=1#y'
var urlGlobal = global{
	name: "url", provides: []string{"URL"}, script: urlScript,
	natives: map[string]native{"parse": parseURL, "change": changeURL, "parseForm": parseForm},
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
	o := m.holder()
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
