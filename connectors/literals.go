package connectors

import (
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/runtime/egress"
)

// literalHosts notes the hosts that are written out in a mapping.
func (r *reader) literalHosts(texts []mapping.PathTemplate) {
	for _, t := range texts {
		if len(t.Template) == 0 || !hasHTTPScheme(t.Template[0].Literal) {
			continue
		}
		if a, ok := authorityOf(t.Template); ok && a.first < 0 {
			r.literalHost(a.literal)
		}
	}
}

func (r *reader) literalHost(authority string) {
	if r.literals[authority] {
		return
	}
	host, _ := splitAuthority(authority)
	if host != "" && !strings.HasPrefix(host, "*") && egress.ParseHost(host) == nil {
		r.literals[strings.ToLower(host)] = true
	}
}

// scriptHosts notes the hosts that are written in the folder's scripts, and warns about requests that will be refused.
func (r *reader) scriptHosts() {
	if len(r.scripts) == 0 {
		return
	}
	for _, name := range r.folder.names {
		if strings.HasSuffix(name, ".js") || strings.HasSuffix(name, ".ts") {
			r.sourceHosts(name, r.scriptFiles()[name], 0, 0)
		}
	}
	for _, s := range r.scripts {
		if s.script.Entry == specFile {
			r.sourceHosts(specFile, s.script.Files[specFile], s.script.Line, s.script.Col)
		}
	}
}

// sourceHosts reads one source; line and col are where it begins, 0 for a file of its own.
func (r *reader) sourceHosts(file, source string, line, col int) {
	for _, text := range scriptTexts(source) {
		authority, open, ok := writtenAuthority(text)
		if !ok {
			continue
		}
		at := finding.Pos{File: file, Line: text.line, Col: text.col}
		if line > 0 {
			at.Line, at.Col = line+text.line-1, col+text.col-1
		}
		host, _ := splitAuthority(authority)
		switch {
		case open && !r.c.HostsDeclared && foreignName(text.computed) != "":
			suggest(r.errorf(at, "the host of this URL depends on %s, so spec.yml must list allowedHosts", foreignName(text.computed)),
				"allowedHosts: [names of the provider's hosts]")
		case open && !r.c.HostsDeclared:
			r.add(finding.Warningf(at, "the host of this URL is not written out: a request to it is refused").
				Suggest("list allowedHosts in spec.yml"))
		case open:
		case r.c.HostsDeclared && host != "" && !r.c.AllowedHosts.Allows(host):
			r.add(finding.Warningf(at, "the host %s is not in allowedHosts: a request to it is refused", host))
		default:
			r.literalHost(authority)
		}
	}
}

// writtenAuthority finds the authority in a text that begins with http:// or https://. open tells that something computed
// is part of the host; what follows a whole domain name is taken for a path.
func writtenAuthority(t scriptText) (authority string, open, ok bool) {
	scheme, rest, found := strings.Cut(t.text, "://")
	if !found || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return "", false, false
	}
	end := strings.IndexAny(rest, "/?#\\ \"'`<>")
	if end >= 0 {
		return rest[:end], false, true
	}
	cut := rest == "" || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "-")
	return rest, cut || t.computed != "" && !strings.Contains(rest, "."), true
}

// foreignName is the argument that a source begins with, where that may name a host of the provider's list only.
func foreignName(source string) string {
	for _, name := range []string{"connectionParameters", "connectionInput", "queryParameters", "tokenResponse", "credentials"} {
		if rest, ok := strings.CutPrefix(source, name); ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "?.") || strings.HasPrefix(rest, "[")) {
			return name
		}
	}
	return ""
}
