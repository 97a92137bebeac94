package grant

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// Metadata is what an issuer publishes about itself (RFC 8414, OpenID Connect Discovery 1.0), as far as it is used here.
// It may be cached and is not changed.
type Metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	RevocationEndpoint    string
	IssInCallback         bool // authorization_response_iss_parameter_supported (RFC 9207 section 3)
}

// FetchMetadata asks an issuer for its metadata: at the well-known path of RFC 8414 section 3, then at that of OpenID, in
// both of the places that are in use. The metadata's issuer must be the one that was asked, to the letter. The error is a
// *Failure.
func FetchMetadata(ctx context.Context, issuer string, send Sender) (*Metadata, error) {
	u, err := (&Config{}).checkURI("issuer", issuer)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return nil, failed(Misconfigured, "issuer holds a query or a fragment, which is refused (RFC 8414 section 2)")
	}
	var first *Failure
	for _, at := range wellKnown(u) {
		m, failure := fetchMetadata(ctx, issuer, at, send)
		if failure == nil {
			return m, nil
		}
		if first == nil {
			first = failure
		}
		if passes(failure) {
			return nil, failure
		}
	}
	return nil, first
}

// passes tells whether a failure is one of the moment, so that other places say nothing better.
func passes(f *Failure) bool {
	return f.Class == Transient || f.Class == Unknown || f.Class == Internal || f.Status == 0
}

func wellKnown(issuer *url.URL) []string {
	root := issuer.Scheme + "://" + issuer.Host
	path := strings.TrimSuffix(issuer.EscapedPath(), "/")
	places := []string{
		root + "/.well-known/oauth-authorization-server" + path,
		root + path + "/.well-known/openid-configuration",
	}
	if path != "" {
		places = append(places, root+"/.well-known/openid-configuration"+path)
	}
	return places
}

func fetchMetadata(ctx context.Context, issuer, at string, send Sender) (*Metadata, *Failure) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, failed(Misconfigured, "issuer cannot be used as an address")
	}
	request.Header.Set("Accept", "application/json")
	answer, err := send(request)
	if err != nil {
		failure := FailureToSend(err)
		if failure.Class == Unknown {
			failure.Class = Transient // nothing is spent by asking again
		}
		return nil, failure.named("discovery at " + at)
	}
	p := parse(answer)
	if !p.success() {
		failure := (&Config{}).ErrorFrom(answer)
		switch failure.Class {
		case Unknown:
			failure.Class = Transient
		case Malformed, Reauth:
			failure.Class = Misconfigured
		}
		return nil, failure.named("discovery at " + at)
	}
	return readMetadata(&p, issuer, at)
}

func readMetadata(p *parsed, issuer, at string) (*Metadata, *Failure) {
	o := p.object()
	if o == nil {
		f := failed(Misconfigured, "discovery at %s: expected metadata in JSON, found %s", at, p.problem)
		f.Status, f.Sent = p.status, true
		return nil, f.redacted(plainText)
	}
	if found := o.Text("issuer"); found != issuer {
		f := failed(Misconfigured, "discovery at %s: the metadata is of the issuer %q, expected %q to the letter", at, shorten(found, 200), issuer)
		f.Status, f.Sent = p.status, true
		return nil, f.redacted(plainText)
	}
	iss, _ := o.Get("authorization_response_iss_parameter_supported").(bool)
	return &Metadata{
		Issuer: issuer, AuthorizationEndpoint: o.Text("authorization_endpoint"), TokenEndpoint: o.Text("token_endpoint"),
		RevocationEndpoint: o.Text("revocation_endpoint"), IssInCallback: iss,
	}, nil
}

func plainText(s string) string { return s }

// named puts what was tried before the message.
func (f *Failure) named(what string) *Failure {
	f.Message = what + ": " + f.Message
	return f.redacted(plainText)
}

// WithMetadata returns a Config whose URIs that were left out come from the metadata, which CheckIssuer then knows too.
func (c *Config) WithMetadata(m *Metadata) *Config {
	d := *c
	d.metadata = m
	d.AuthorizeURI = firstText(c.AuthorizeURI, m.AuthorizationEndpoint)
	d.TokenURI = firstText(c.TokenURI, m.TokenEndpoint)
	d.RevokeURI = firstText(c.RevokeURI, m.RevocationEndpoint)
	return &d
}

// Discover is FetchMetadata and WithMetadata; a Config without issuer is returned as it is.
func (c *Config) Discover(ctx context.Context, send Sender) (*Config, error) {
	if c.Issuer == "" {
		return c, nil
	}
	m, err := FetchMetadata(ctx, c.Issuer, send)
	if err != nil {
		return nil, err
	}
	return c.WithMetadata(m), nil
}
