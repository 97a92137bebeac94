package apiclient

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Join is the address of a path below a base. The path may have a query of its own; both keep their percent-encoding, and
// what may not stand in a URL is encoded. Refused are `//` at the path's beginning, `.` and `..` between slashes (encoded
// too), backslashes, `#` and control characters: so scheme, host and port are always the base's, and the path lies below
// the base's own.
func Join(base *url.URL, path string) (*url.URL, error) {
	if base == nil {
		return nil, errors.New("there is no base URI for a relative path: makeApiClient returns none, so write an absolute URL")
	}
	if err := checkPath(path); err != nil {
		return nil, err
	}
	path, query, _ := strings.Cut(path, "?")
	u := *base
	u.RawQuery = joinRaw(base.RawQuery, escape(query, true))
	if path == "" {
		return &u, nil
	}
	escaped := strings.TrimSuffix(base.EscapedPath(), "/") + "/" + strings.TrimPrefix(escape(path, false), "/")
	plain, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errors.New("the path has a percent sign that begins no code")
	}
	u.Path, u.RawPath = plain, escaped
	return &u, nil
}

// checkPath refuses what servers, proxies and clients read in different ways.
func checkPath(path string) error {
	head, _, _ := strings.Cut(path, "?")
	switch {
	case !utf8.ValidString(path):
		return errors.New("the path is no UTF-8 text")
	case strings.HasPrefix(path, "//"):
		return errors.New("a path may not begin with //")
	case strings.Contains(path, `\`):
		return errors.New(`a path may not hold a \`)
	case strings.Contains(path, "#"):
		return errors.New("a path may not hold a #: write %23")
	case strings.ContainsFunc(path, isControl):
		return errors.New("a path may not hold a control character")
	}
	for segment := range strings.SplitSeq(head, "/") {
		if dots := strings.ReplaceAll(strings.ToLower(segment), "%2e", "."); dots == "." || dots == ".." {
			return errors.New("a path may not hold the segments . and .. (dots alone)")
		}
	}
	return nil
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// escape encodes what may not stand in a path or query and leaves the rest as its author encoded it.
func escape(text string, query bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]), isPlain(c), query && c == '?':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// isPlain tells of the characters that RFC 3986 allows in a path (pchar and the slash), percent left out.
func isPlain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// absolute reads a URL that stands for itself; ok is false for a relative path. Its host is judged by whoever sends.
func absolute(text string) (u *url.URL, ok bool, err error) {
	scheme, _, found := strings.Cut(text, "://")
	if !found || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
		return nil, false, nil
	}
	u, err = parseURL(text)
	return u, true, err
}

// parseURL reads an absolute http or https URL without userinfo. The errors quote nothing of it.
func parseURL(text string) (*url.URL, error) {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) || strings.ContainsAny(text, `\ `) {
		return nil, errors.New(`a URL may not hold a space, a \ or a control character`)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("it cannot be read as a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return nil, errors.New("expected an absolute http or https URL")
	case u.User != nil:
		return nil, errors.New("a URL may not hold a user name or password")
	}
	_, rest, _ := strings.Cut(text, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest, _, _ = strings.Cut(rest[i:], "#")
		if strings.HasPrefix(rest, "/") {
			if err := checkPath("/" + strings.TrimLeft(rest, "/")); err != nil {
				return nil, err
			}
		}
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// fill puts parameters in the place of the {names} of a path, percent-encoded so that each stays one piece of it. A name
// without a parameter, and a parameter that is empty or would be . or .., are errors.
func fill(path string, parameters map[string]string) (string, error) {
	if parameters == nil {
		return path, nil
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(path, "{")
		name, rest, closed := strings.Cut(after, "}")
		if !found || !closed {
			b.WriteString(path)
			return b.String(), nil
		}
		text, ok := parameters[name]
		switch {
		case !ok || text == "":
			return "", fmt.Errorf("pathParameters.%s: there is no value", shorten(name, 60))
		case !utf8.ValidString(text) || strings.ContainsFunc(text, isControl):
			return "", fmt.Errorf("pathParameters.%s: it may not hold a control character", shorten(name, 60))
		case text == "." || text == "..":
			return "", fmt.Errorf("pathParameters.%s: it may not be dots alone", shorten(name, 60))
		}
		b.WriteString(before + url.PathEscape(text))
		path = rest
	}
}

// joinRaw joins two query strings.
func joinRaw(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// joinQuery adds those of the parameters to a query string whose names it does not have.
func joinQuery(raw string, defaults []pair) string {
	given, _ := url.ParseQuery(raw) // what can be read of it
	var added []string
	for _, p := range defaults {
		if !given.Has(p.name) {
			added = append(added, encodePair(p))
		}
	}
	return joinRaw(raw, strings.Join(added, "&"))
}

func encodePair(p pair) string { return url.QueryEscape(p.name) + "=" + url.QueryEscape(p.text) }

// shorten cuts a text to at most n characters.
func shorten(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
