package runtime

import (
	"net/http"
	"net/textproto"
	"strings"
)

// What does not pass a proxy that calls an API with a credential of its own (lifecycle.md 13).
var (
	// notForwarded never go to an API: what is for this hop alone (RFC 9110 section 7.6.1), credentials of the caller's, and what
	// others on the way have said of him. Under their underscore twins, which CGI and its heirs read as the same, none of the rest
	// goes either.
	notForwarded = set("Authorization", "Connection", "Cookie", "Cookie2", "Forwarded", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "X-Real-Ip")
	twinsOnly    = set("Content-Length", "Content-Type", "Content-Encoding", "Expect", "Host", "Range", "X-Http-Method-Override")

	// notHandedBack would change what a browser thinks of this server, not of the API's.
	notHandedBack = set("Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Strict-Transport-Security", "Public-Key-Pins", "Alt-Svc", "Service-Worker-Allowed",
		"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Nel", "Report-To", "Reporting-Endpoints", "Expect-Ct", "Set-Login", "Refresh",
		"X-Content-Type-Options")
	hopOnly = set("Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade")

	notForwardedPrefixes  = []string{"X-Forwarded-", "Proxy-", "Claviger-"}
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

// forwarded is what goes to an API of a caller's headers, own telling which of them the connector sets. Values are shared.
func forwarded(h http.Header, own func(name string) bool) http.Header {
	out, listed := make(http.Header, len(h)+1), h["Connection"]
	for name, values := range h {
		if isForwarded(name, own) && !lists(listed, name) {
			out[name] = values
		}
	}
	if lists(h["Te"], "trailers") {
		out["Te"] = []string{"trailers"}
	}
	if to := h.Get("Upgrade"); to != "" && lists(listed, "Upgrade") {
		out["Connection"], out["Upgrade"] = []string{"Upgrade"}, []string{to}
	}
	return out
}

func isForwarded(name string, own func(name string) bool) bool {
	plain := name
	if strings.IndexByte(name, '_') >= 0 {
		plain = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
		if twinsOnly[plain] || own(plain) {
			return false
		}
	}
	return !notForwarded[plain] && !hasPrefix(plain, notForwardedPrefixes)
}

// lists tells whether a header whose values are lists, as Connection, names something.
func lists(values []string, name string) bool {
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(textproto.TrimString(one), name) {
				return true
			}
		}
	}
	return false
}

// HandBack adds to a caller's headers what he gets of those of an API's answer. Values are shared.
func HandBack(to, from http.Header) {
	listed := from["Connection"]
	for name, values := range from {
		if isHandedBack(name) && !hopOnly[name] && !lists(listed, name) {
			to[name] = values
		}
	}
}

// CleanAnswer takes from the headers or the trailers of an API's answer what must not reach the caller.
func CleanAnswer(h http.Header) {
	for name := range h {
		if !isHandedBack(name) {
			delete(h, name)
		}
	}
}

func isHandedBack(name string) bool {
	return !notHandedBack[name] && !hasPrefix(name, notHandedBackPrefixes)
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
