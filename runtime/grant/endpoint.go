package grant

import (
	"fmt"
	"net/url"
	"strings"
)

// endpoint is an authorize URI taken apart, without losing a byte of what its author wrote:
//
//	before ? pairs # fragment        our query is joined to pairs
//	before # fragment ? pairs        our query is joined to pairs behind the fragment
type endpoint struct {
	before string   // up to the query that ours joins
	pairs  []string // that query, as written, one name=value each
}

// checkURI judges a URI at its use: absolute, http or https, a host, no user name.
func (c *Config) checkURI(field, text string) (*url.URL, error) {
	if text == "" {
		return nil, c.missing(field)
	}
	u, err := url.Parse(text)
	switch {
	case !isClean(text):
		return nil, failed(Misconfigured, "%s holds a line break or a NUL character, which is refused", field)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, failed(Misconfigured, "%s is not an absolute https URI", field)
	case u.User != nil:
		return nil, failed(Misconfigured, "%s holds a user name, which is refused", field)
	}
	return u, nil
}

func (c *Config) parseEndpoint(field, text string) (*endpoint, error) {
	if _, err := c.checkURI(field, text); err != nil {
		return nil, err
	}
	main, fragment, hasFragment := strings.Cut(text, "#")
	head := ""
	if hasFragment {
		head, main = main+"#", fragment
	}
	before, query, _ := strings.Cut(main, "?")
	e := &endpoint{before: head + before}
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			e.pairs = append(e.pairs, pair)
		}
	}
	return e, nil
}

func (c *Config) missing(field string) *Failure {
	f := failed(Misconfigured, "%s is missing", field)
	if err, ok := c.unknown[field]; ok {
		f.Message, f.Err = fmt.Sprintf("%s has no value: %s", field, err), err
	}
	return f
}

func pairName(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	if decoded, err := url.QueryUnescape(name); err == nil {
		return decoded
	}
	return name
}

// names are the parameters that the URI brings.
func (e *endpoint) names() []string {
	names := make([]string, len(e.pairs))
	for i, pair := range e.pairs {
		names[i] = pairName(pair)
	}
	return names
}

func (e *endpoint) remove(name string) {
	kept := e.pairs[:0]
	for _, pair := range e.pairs {
		if pairName(pair) != name {
			kept = append(kept, pair)
		}
	}
	e.pairs = kept
}

// with is the URI with query behind its own.
func (e *endpoint) with(query url.Values) string {
	pairs := e.pairs
	if encoded := query.Encode(); encoded != "" {
		pairs = append(pairs, encoded)
	}
	return e.before + "?" + strings.Join(pairs, "&")
}
