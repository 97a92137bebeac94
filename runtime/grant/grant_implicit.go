package grant

import (
	"context"

	"claviger/runtime/secret"
)

// implicit is RFC 6749 section 4.2: the callback itself brings the access token, in its fragment. Nothing is sent and nothing
// can be renewed. RFC 9700 section 2.1.2 advises against it; it is for providers that have nothing else.
type implicit struct{}

func (implicit) Name() string                        { return "implicit" }
func (implicit) Interactive() bool                   { return true }
func (implicit) Renewable(*Config, secret.Text) bool { return false }

// Obtain reads the callback as a token answer (RFC 6749 section 4.2.2). What it says of the flow is none of the token.
func (implicit) Obtain(_ context.Context, c *Config, _ Sender, r Request) (*Answer, error) {
	if r.Query.Text(accessTokenParam) == "" {
		return nil, failed(Malformed, "the callback holds no access_token")
	}
	response := r.Query.Clone()
	for _, name := range []string{stateParam, "iss"} {
		response.Delete(name)
	}
	answer, message := c.accept(response, r.At)
	if message != "" {
		return nil, failed(Malformed, "the callback is no token response: %s", message)
	}
	answer.Refresh = secret.Text{} // section 4.2.2: there is none
	return answer, nil
}

func (implicit) Renew(context.Context, *Config, Sender, Request) (*Answer, error) {
	return nil, failed(Reauth, "a token of the implicit grant cannot be renewed")
}

// accessTokenParam is what the callback of the implicit grant brings in place of a code.
const accessTokenParam = "access_token"

// Carries is the name of the callback's parameter that a connection is made of.
func (c *Config) Carries() string {
	if c.GrantType == (implicit{}).Name() {
		return accessTokenParam
	}
	return codeParam
}

// AnswersInFragment tells whether the provider may answer in the fragment, which browsers do not send.
func (c *Config) AnswersInFragment() bool {
	if c.Carries() == accessTokenParam || c.CallbackPattern != "" || c.StatePattern != "" {
		return true
	}
	for _, param := range c.Extra {
		if param.Name == "response_mode" && param.Value == "fragment" {
			return true
		}
	}
	return false
}

// challenges tells whether the flow is bound by PKCE: it protects a code, and the implicit grant has none.
func (c *Config) challenges() bool { return !c.SkipPKCE && c.Carries() == codeParam }
