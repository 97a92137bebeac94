package egress

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// target checks a URL by its form and its host, and returns host and port as they are dialed.
func (h Hosts) target(u *url.URL) (string, error) {
	addr, err := endpointOf(u)
	if err != nil {
		return "", err
	}
	host, _, _ := net.SplitHostPort(addr)
	if !h.allows(host) {
		return "", failf(HostNotAllowed, host, "host %q is not among the allowed hosts (%s)", host, h.summary())
	}
	return addr, nil
}

func (h Hosts) summary() string {
	const most = 10
	switch {
	case len(h.entries) == 0:
		return "there are none"
	case len(h.entries) > most:
		return strings.Join(h.entries[:most], ", ") + ", …"
	}
	return strings.Join(h.entries, ", ")
}

// endpointOf is the normalised host:port that a URL names.
func endpointOf(u *url.URL) (string, error) {
	if u == nil {
		return "", failf(InvalidRequest, "", "expected an absolute URL with a host")
	}
	host, err := normalise(u.Hostname())
	port := u.Port()
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "", failf(InvalidRequest, host, "expected an https URL")
	case u.Host == "":
		return "", failf(InvalidRequest, "", "expected an absolute URL with a host")
	case err != nil:
		return "", failf(InvalidRequest, "", "host %s: %w", shown(u.Hostname()), err)
	case port == "" && u.Scheme == "https":
		port = "443"
	case port == "":
		port = "80"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", failf(InvalidRequest, host, "the port of %s is not between 1 and 65535", host)
	}
	return net.JoinHostPort(host, port), checkForm(u, host)
}

// checkForm judges the rest of a URL. In a path nothing stands unescaped that could end the request's line.
func checkForm(u *url.URL, host string) error {
	switch {
	case u.Opaque != "":
		return failf(InvalidRequest, "", "expected an absolute URL with a host")
	case u.User != nil:
		return failf(InvalidRequest, host, "a URL may not hold a user name or password")
	case strings.ContainsFunc(u.RawQuery, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return failf(InvalidRequest, host, "the URL to %s holds a space or control character", host)
	}
	return nil
}

// checkHead refuses what would write another request or header than the one meant (CR, LF, NUL; RFC 9110 5.5).
func checkHead(host string, r *http.Request) error {
	if r.Method != "" && !httpguts.ValidHeaderFieldName(r.Method) {
		return failf(InvalidRequest, host, "the method of the request to %s is not valid", host)
	}
	for _, head := range []http.Header{r.Header, r.Trailer} {
		for name, values := range head {
			if !httpguts.ValidHeaderFieldName(name) {
				return failf(InvalidRequest, host, "a header name of the request to %s is not valid", host)
			}
			for _, v := range values {
				if !httpguts.ValidHeaderFieldValue(v) {
					return failf(InvalidRequest, host, "header %s of the request to %s holds a control character", name, host)
				}
			}
		}
	}
	return nil
}

// aim points a request at the address that was checked, so that what is dialed is what was allowed.
func aim(r *http.Request, addr string) {
	u := *r.URL
	u.Host = addr
	if host, port, _ := net.SplitHostPort(addr); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(net.JoinHostPort(host, ""), ":")
	}
	r.URL, r.Host = &u, ""
}

// isAimed tells whether a request goes to the address that was checked as it is.
func isAimed(r *http.Request, addr string) bool {
	return r.Host == "" && (r.URL.Host == addr || r.URL.Scheme == "https" && r.URL.Host+":443" == addr)
}
