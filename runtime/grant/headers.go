package grant

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"claviger/mapping/value"
)

// connectionHeaders belong to the connection and the message's frame; the transport writes them.
var connectionHeaders = []string{
	"Host", "Connection", "Content-Length", "Transfer-Encoding", "Trailer", "Te", "Upgrade", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
}

// headerName is a token of RFC 9110 section 5.6.2.
var headerName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

// readTokenHeaders reads headers; a number or a boolean becomes text.
func readTokenHeaders(p *parser, v any) {
	for _, param := range p.overlay("tokenHeaders", v) {
		at := "tokenHeaders." + shorten(param.Name, 60)
		switch t := param.Value.(type) {
		case nil, string:
		case json.Number, bool:
			param.Value = value.String(t)
		default:
			p.expected(at, "a string or null", t)
			continue
		}
		s, _ := param.Value.(string)
		param.Name = http.CanonicalHeaderKey(param.Name)
		switch {
		case !headerName.MatchString(param.Name):
			p.mistake(at, "is not a header name (RFC 9110 section 5.1)")
		case slices.Contains(connectionHeaders, param.Name):
			p.mistake(at, "belongs to the connection and cannot be set")
		case strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			p.mistake(at, "holds a control character, which is refused")
		default:
			param.Value = trimmed(param.Value)
			p.c.TokenHeaders = append(p.c.TokenHeaders, param)
		}
	}
}

func trimmed(v any) any {
	if s, ok := v.(string); ok {
		return strings.TrimSpace(s)
	}
	return v
}
