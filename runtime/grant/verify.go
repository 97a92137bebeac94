package grant

import (
	"context"
	"crypto/rand"
	"errors"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

// Verdict is what a provider lets on about a client.
type Verdict string

const (
	// ClientKnown is a client whose id and secret the provider takes.
	ClientKnown Verdict = "known"
	// ClientRefused is one that it does not take.
	ClientRefused Verdict = "refused"
	// ClientUnknown is one of which it tells nothing.
	ClientUnknown Verdict = "unknown"
)

// Verification is a verdict, in words too. Failure is the provider's answer, where it refused.
type Verification struct {
	Client  Verdict
	Detail  string
	Failure *Failure
}

// Verify asks the token endpoint whether it knows the client. The grant client_credentials asks for a token, which is thrown
// away. For a code there is none yet, so one is made up: who takes the client refuses the code (invalid_grant), who does not
// refuses the client (invalid_client, RFC 6749 section 5.2). Not every provider looks at the client first; so a wrong secret is
// tried as well, and only where that is answered otherwise is the client known.
func (c *Config) Verify(ctx context.Context, send Sender, redirectURI string) Verification {
	switch {
	case c.ClientID == "":
		return Verification{Client: ClientUnknown, Detail: "the client comes with each connection"}
	case c.Carries() != codeParam:
		return Verification{Client: ClientUnknown, Detail: "with the implicit grant only the user's browser speaks to the provider"}
	case !c.Grant().Interactive():
		_, err := c.Grant().Obtain(ctx, c, send, Request{})
		if err == nil {
			return Verification{Client: ClientKnown, Detail: "the provider gave the client a token"}
		}
		return verdict(err)
	}
	first := verdict(c.madeUp(ctx, send, redirectURI))
	if first.Client != ClientKnown {
		return first
	}
	wrong := *c
	if c.ClientAuthLocation == AuthNone || c.ClientSecret.IsEmpty() {
		wrong.ClientID = "claviger-verification-" + rand.Text()
	} else {
		wrong.ClientSecret = secret.New("claviger-verification-" + rand.Text())
	}
	if verdict(wrong.madeUp(ctx, send, redirectURI)).Client == ClientRefused {
		return first
	}
	return Verification{Client: ClientUnknown, Detail: "the provider answers a client that is wrong in the same way"}
}

// madeUp redeems a code that nobody gave.
func (c *Config) madeUp(ctx context.Context, send Sender, redirectURI string) error {
	_, err := c.Exchange(ctx, send, ExchangeRequest{
		Query: value.Of(codeParam, "claviger-verification-"+rand.Text()), RedirectURI: redirectURI, Verifier: NewVerifier(),
	})
	return err
}

// verdict is what an answer tells of the client.
func verdict(err error) Verification {
	var f *Failure
	switch {
	case err == nil:
		return Verification{Client: ClientUnknown, Detail: "the provider gave a token for a code that it never issued"}
	case !errors.As(err, &f):
		return Verification{Client: ClientUnknown, Detail: "the provider could not be asked"}
	case IsClientCode(f.Code) && normalCode(f.Code) != "unsupported_grant_type":
		return Verification{Client: ClientRefused, Detail: "the provider refuses the client: " + f.Error(), Failure: f}
	case f.Code != "" && ClassifyCode(f.Code, 0, 0) == Reauth:
		return Verification{Client: ClientKnown, Detail: "the provider takes the client: it refused only a code that was made up"}
	case f.Status == 0:
		return Verification{Client: ClientUnknown, Detail: "the provider could not be asked: " + f.Error()}
	}
	return Verification{Client: ClientUnknown, Detail: "the provider's answer does not tell: " + f.Error()}
}
