// Package apiclient is the API client of a connector: what makeApiClient returned, compiled, and the calls that are made
// with it (format.md section 6).
//
// Words: the client is {baseUri, headers, query, auth, responseHandlers, retry, bases} of one connection at one moment;
// a Request is one call of the API in the author's words; a Way is how requests leave this process, and how a call gets
// a client with newer credentials. A Response is what a call gave, an Error why it gave nothing.
//
//	client, err := apiclient.Parse(result, arguments)
//	response, err := client.Do(ctx, apiclient.Way{Send: send, Renew: renew}, apiclient.Request{Method: "GET", Path: "/me"})
//
// A client never changes and is safe for concurrent use. The package knows no connection, stores nothing and opens no
// connection of its own: the hosts that may be reached, the limits of one request and redirects are the sender's to judge. No
// input can change the host of a relative path's base. What an Error tells is not redacted, but holds no header and no query.
package apiclient

import (
	"net/http"
	"net/url"

	"claviger/runtime/secret"
)

// Client is what makeApiClient returned, checked. The zero value has no base URI and adds nothing to a request.
type Client struct {
	bases    map[string]*url.URL // "" is baseUri
	header   http.Header
	query    []pair
	auth     *Auth
	handlers []handler
	retry    retry
	once     bool // never waits and never repeats
}

// Auth is HTTP Basic authentication (RFC 7617).
type Auth struct {
	Username string
	Password secret.Text
}

// pair is a parameter of a query or form.
type pair struct{ name, text string }

// Bearer is the client of a connector without makeApiClient: a Bearer header, no base URI. An empty token: no header.
func Bearer(token string) *Client {
	c := &Client{header: http.Header{}}
	if token != "" {
		c.header.Set("Authorization", "Bearer "+token)
	}
	return c
}

// Bare is the client without what it gives to requests: base URIs and response handlers stay. Its calls are made once, and
// what may pass is for the caller to wait for. It is for requests for tokens, which have client authentication of their own.
func (c *Client) Bare() *Client { return &Client{bases: c.bases, handlers: c.handlers, once: true} }

// Base is the base URI of a name in bases, of the empty name baseUri; nil where there is none. Do not change it.
func (c *Client) Base(name string) *url.URL { return c.bases[name] }

// Bases are the names in bases, unsorted.
func (c *Client) Bases() []string {
	var names []string
	for name := range c.bases {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// negotiated are headers in which the caller's own word counts more than the connector's.
var negotiated = map[string]bool{"Accept": true, "Accept-Language": true, "Content-Type": true, "User-Agent": true}

// Authorize gives a request that is built already the client's headers, query and auth: for a proxy, which forwards
// requests of others. Headers replace those of the same name, save Accept, Accept-Language, Content-Type and User-Agent
// where the request has them; a parameter of the query is added unless the request's query has its name, to a copy
// of its URL. The URL's host is the caller's to judge before.
func (c *Client) Authorize(r *http.Request) {
	for name, values := range c.header {
		if !negotiated[name] || len(r.Header.Values(name)) == 0 {
			r.Header[name] = values[:len(values):len(values)]
		}
	}
	if c.auth != nil {
		r.SetBasicAuth(c.auth.Username, c.auth.Password.Reveal())
	}
	if len(c.query) > 0 {
		u := *r.URL
		u.RawQuery = joinQuery(u.RawQuery, c.query)
		r.URL = &u
	}
}
