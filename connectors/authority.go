package connectors

import (
	"net/url"
	"strings"

	"claviger/mapping"
)

// authority is the part of a URI's template that decides where a request goes: scheme://[authority]/path.
type authority struct {
	scheme  string           // http or https; empty: not written
	parts   mapping.Template // what stands between scheme and path; of a URI that begins with a variable all up to the path
	whole   bool             // the URI begins with a variable: it may bring scheme and host
	literal string           // the text, where every part is literal
	prefix  string           // literal text before the first variable
	tail    string           // literal text behind the last variable
	inPort  bool             // the host is literal and variables stand behind its colon
	first   int              // index of the first part that is not literal; -1: none
	last    int              // index of the last
}

// authorityOf takes a template apart; ok is false for one that is relative, or no URI of http.
func authorityOf(t mapping.Template) (a authority, ok bool) {
	t = joinLiterals(t)
	if len(t) == 0 {
		return a, false
	}
	if a.whole = !isLiteral(&t[0]); !a.whole {
		scheme, after, found := strings.Cut(t[0].Literal, "://")
		if a.scheme = strings.ToLower(scheme); !found || a.scheme != "http" && a.scheme != "https" {
			return a, false
		}
		t[0].Literal = after
	}
	a.parts = untilPath(t)
	a.measure()
	return a, true
}

// untilPath cuts a template where its first literal delimiter ends the authority.
func untilPath(t mapping.Template) mapping.Template {
	for i, part := range t {
		if end := strings.IndexAny(part.Literal, "/?#\\"); end >= 0 {
			t[i].Literal = part.Literal[:end]
			return t[:i+1]
		}
	}
	return t
}

func (a *authority) measure() {
	a.first, a.last = -1, -1
	for i := range a.parts {
		if isLiteral(&a.parts[i]) {
			continue
		}
		if a.last = i; a.first < 0 {
			a.first = i
		}
	}
	if a.first < 0 {
		a.literal = textOf(a.parts)
		return
	}
	a.prefix, a.tail = textOf(a.parts[:a.first]), withoutPort(textOf(a.parts[a.last+1:]))
	a.inPort = strings.Contains(a.prefix, ":") && !strings.HasPrefix(a.prefix, "[")
}

// host is the host with text in the place of everything that is not literal; empty where that gives none.
func (a *authority) host(text string) string {
	full := a.literal
	if a.first >= 0 {
		full = a.prefix + text + a.tail
	}
	if !hasHTTPScheme(full) {
		full = "https://" + full
	}
	return urlHost(full)
}

func isLiteral(p *mapping.Part) bool { return p.Var == "" && !p.Opaque }

func textOf(t mapping.Template) string {
	if len(t) == 1 {
		return t[0].Literal
	}
	var b strings.Builder
	for _, part := range t {
		b.WriteString(part.Literal)
	}
	return b.String()
}

// joinLiterals is a copy of a template in which literals that stand side by side are one part, and empty ones none.
func joinLiterals(t mapping.Template) mapping.Template {
	out := make(mapping.Template, 0, len(t))
	for i := range t {
		part := &t[i]
		if isLiteral(part) && part.Literal == "" {
			continue
		}
		if last := len(out) - 1; isLiteral(part) && last >= 0 && isLiteral(&out[last]) {
			out[last].Literal += part.Literal
			continue
		}
		out = append(out, *part)
	}
	return out
}

func withoutPort(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		return host[:i]
	}
	return host
}

// splitAuthority tells the host of a literal authority, and whether it names a user.
func splitAuthority(text string) (host string, hasUser bool) {
	if strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" {
		return text, false
	}
	u, err := url.Parse("https://" + text)
	if err != nil {
		return "", strings.Contains(text, "@")
	}
	return u.Hostname(), u.User != nil
}
