package runtime

import (
	"net/http"
	"net/textproto"
	"strings"
)

// What does not pass a proxy that calls an API with a credential of its own (lifecycle.md 13). Hop-by-hop headers are httputil's.
var (
	// notForwarded never go to an API: credentials of the caller's, and what others on the way have said of him. Under their
	// underscore twins, which CGI and its heirs read as the same, none of the rest goes either.
	notForwarded = set("Authorization", "Cookie", "Cookie2", "Forwarded", "X-Real-Ip")
	twinsOnly    = set("Connection", "Content-Length", "Content-Type", "Content-Encoding", "Expect", "Host", "Keep-Alive", "Range", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade", "X-Http-Method-Override")
	notForwardedPrefixes = []string{"X-Forwarded-", "Proxy-", "Claviger-"}

	// notHandedBack would change what a browser thinks of this server, not of the API's.
	notHandedBack = set("Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Strict-Transport-Security", "Public-Key-Pins", "Alt-Svc", "Service-Worker-Allowed",
		"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Nel", "Report-To", "Reporting-Endpoints", "Expect-Ct", "Set-Login", "Refresh",
		"X-Content-Type-Options")
	notHandedBackPrefixes = []string{"Access-Control-", "Proxy-", "Claviger-"}
)

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}

// UpstreamHeader marks what an API has answered, so that it can be told from what we answer.
const UpstreamHeader = "Claviger-Upstream"

// CleanRequest takes from the headers of a request that is passed on what must not reach an API.
func CleanRequest(h http.Header) {
	for name := range h {
		plain, twin := name, strings.IndexByte(name, '_') >= 0
		if twin {
			plain = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
		}
		if notForwarded[plain] || twin && twinsOnly[plain] || hasPrefix(plain, notForwardedPrefixes) {
			delete(h, name)
		}
	}
}

// CleanAnswer takes from the headers or the trailers of an API's answer what must not reach the caller.
func CleanAnswer(h http.Header) {
	for name := range h {
		if notHandedBack[name] || hasPrefix(name, notHandedBackPrefixes) {
			delete(h, name)
		}
	}
}

// MarkAnswer adds what makes an API's answer harmless to a browser, and known as such.
func MarkAnswer(h http.Header) {
	h["X-Content-Type-Options"], h["Content-Security-Policy"], h[UpstreamHeader] = nosniff, sandbox, marked
}

// Nobody changes these.
var nosniff, sandbox, marked = []string{"nosniff"}, []string{"sandbox"}, []string{"1"}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
