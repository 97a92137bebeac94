package grant

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"

	"claviger/runtime/egress"
	"claviger/runtime/secret"
)

// Sender sends one request and reads the whole answer. It is bound to the caller's rules: which hosts and addresses may
// be reached, how long and how large the answer may be; it follows no redirect. Its error is an *egress.Error.
type Sender func(*http.Request) (*egress.Answer, error)

// tokenCall is one token request. The library makes the plain form request and is handed a plain answer; in between
// stands this RoundTripper, which gives the request the shape that the Config asks for, sends it, keeps the true answer
// and reads it tolerantly.
type tokenCall struct {
	c       *Config
	send    Sender
	extra   Overlay
	hidden  []string // kept out of the texts of a failure
	answer  *Answer
	failure *Failure
}

// run lets the library make its request, once, and returns what this call saw of the answer.
func (t *tokenCall) run(ctx context.Context, uri, field string, ask func(context.Context, *oauth2.Config) (*oauth2.Token, error)) (*Answer, error) {
	if t.c.ClientID == "" {
		return nil, failed(Misconfigured, "clientId is missing")
	}
	if _, err := t.c.checkURI(field, uri); err != nil {
		return nil, err
	}
	t.hide(t.c.ClientSecret.Reveal())
	library := t.c.library("")
	library.Endpoint.TokenURL = uri
	token, err := ask(context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: t}), library)
	switch {
	case t.failure != nil:
		t.failure.Err = cause(t.failure.Err, err)
		return nil, t.failure
	case err != nil || t.answer == nil:
		return nil, failed(Internal, "the token request could not be made")
	}
	t.answer.Access = secret.New(token.AccessToken)
	return t.answer, nil
}

// cause is why a request failed: our own cause, or the library's error, which names the provider's code.
func cause(own, library error) error {
	if own != nil {
		return own
	}
	return library
}

// library is x/oauth2's own view of the Config. The way of client authentication is always said: left to itself the
// library tries a second one after a 400, which redeems a code twice.
func (c *Config) library(redirectURI string) *oauth2.Config {
	style, clientSecret := oauth2.AuthStyleInParams, c.ClientSecret.Reveal()
	switch c.ClientAuthLocation {
	case AuthHeaders:
		style = oauth2.AuthStyleInHeader
	case AuthNone:
		clientSecret = ""
	}
	return &oauth2.Config{
		ClientID: c.ClientID, ClientSecret: clientSecret, RedirectURL: redirectURI,
		Endpoint: oauth2.Endpoint{AuthStyle: style},
	}
}

// hide keeps values out of the texts of a failure.
func (t *tokenCall) hide(values ...string) { t.hidden = append(t.hidden, values...) }

// redact is made only when there is a failure: most requests succeed.
func (t *tokenCall) redact(f *Failure) *Failure {
	return f.redacted(secret.NewRedactor(t.hidden...).Redact)
}

// RoundTrip stands in for the network where the library looks for it.
func (t *tokenCall) RoundTrip(plain *http.Request) (*http.Response, error) {
	request, failure := t.shape(plain)
	if failure != nil {
		return t.failed(plain, failure)
	}
	answer, err := t.send(request)
	if err != nil {
		return t.failed(plain, FailureToSend(err))
	}
	if t.answer, failure = t.c.read(answer); failure != nil {
		return t.failed(plain, failure)
	}
	return t.plainAnswer(plain)
}
