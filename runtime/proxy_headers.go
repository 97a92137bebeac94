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

	// notHandedBack would change what a browser thinks of this server, not of the API's; or is an order to a server in front of
	// this one: nginx, Apache, lighttpd and Perlbal answer with what it names, and caches of such servers give what they keep to
	// whoever asks (RFC 9213), Vary or not.
	notHandedBack = set("Set-Cookie", "Set-Cookie2", "Clear-Site-Data", "Strict-Transport-Security", "Public-Key-Pins", "Alt-Svc", "Service-Worker-Allowed",
		"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Nel", "Report-To", "Reporting-Endpoints", "Expect-Ct", "Set-Login", "Refresh",
		"X-Content-Type-Options", "Accept-Ch", "Critical-Ch", "Timing-Allow-Origin", "Origin-Trial", "Use-As-Dictionary", "Secure-Session-Registration",
		"Sec-Session-Registration", "X-Accel-Redirect", "X-Accel-Expires", "X-Accel-Charset", "X-Accel-Limit-Rate", "X-Sendfile", "X-Lighttpd-Send-File", "X-Sendfile2",
		"Cdn-Cache-Control", "Surrogate-Control", "Surrogate-Key", "Edge-Control", "Cache-Tag", "Edge-Cache-Tag", "Netlify-Vary",
		"Cloudflare-Cdn-Cache-Control", "Netlify-Cdn-Cache-Control", "Vercel-Cdn-Cache-Control", "X-Litespeed-Cache-Control")
	notHandedBackPrefixes = []string{"Access-Control-", "Proxy-", "Claviger-", "X-Reproxy-"}

	// hopByHop are of one connection alone (RFC 9110 section 7.6.1).
	hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}
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
	if asked := h["Upgrade"]; len(asked) > 0 && !mayUpgrade(asked) {
		delete(h, "Upgrade")
		delete(h, "Connection")
	}
}

// mayUpgrade refuses what would be HTTP again on the other side, such as h2c: requests in it would pass nobody who looks at
// their path and headers. Without Upgrade the request is one like another (RFC 9110 section 7.8).
func mayUpgrade(asked []string) bool {
	for _, protocol := range strings.Split(strings.ToLower(strings.Join(asked, ",")), ",") {
		protocol = strings.TrimSpace(protocol)
		if protocol == "" || strings.HasPrefix(protocol, "h2") || strings.HasPrefix(protocol, "h3") || strings.HasPrefix(protocol, "http") || strings.HasPrefix(protocol, "tls") {
			return false
		}
	}
	return true
}

// CleanHop takes what is of the API's connection alone from headers that httputil leaves as they are: of answers 1xx, and
// trailers.
func CleanHop(h http.Header) {
	for _, named := range h["Connection"] {
		for name := range strings.SplitSeq(named, ",") {
			h.Del(textproto.TrimString(name))
		}
	}
	for _, name := range hopByHop {
		delete(h, name)
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

// MarkAnswer adds what makes an API's answer harmless to a browser, and known as such; and what keeps it out of a cache that many
// share (RFC 9213), for an API may call public what it tells a bearer of its token. A browser's own cache is the API's to rule.
func MarkAnswer(h http.Header) {
	h["X-Content-Type-Options"], h["Content-Security-Policy"], h[UpstreamHeader], h["Cdn-Cache-Control"] = nosniff, sandbox, marked, noStore
}

// Nobody changes these.
var nosniff, sandbox, marked, noStore = []string{"nosniff"}, []string{"sandbox"}, []string{"1"}, []string{"no-store"}

func hasPrefix(name string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
