package grant

import (
	"claviger/mapping/value"
)

// IssuerError says that a callback came from an issuer other than the one that the flow was sent to.
type IssuerError struct {
	Expected string
	Found    string // empty: the callback names none, though the issuer says that it does
}

// Error says what was expected.
func (e *IssuerError) Error() string {
	if e.Found == "" {
		return "the callback names no issuer (iss), though " + e.Expected + " says that its callbacks do"
	}
	return "the callback is from another issuer than " + e.Expected
}

// CheckIssuer is the defence against mix-up (RFC 9207 section 2.4): where the Config names an issuer, the callback's `iss`
// must be it to the letter when it is there, and must be there when the issuer's metadata says so. The error is a *Failure
// of class Malformed around an *IssuerError.
func (c *Config) CheckIssuer(query *value.Object) error {
	if c.Issuer == "" {
		return nil
	}
	refused := &IssuerError{Expected: c.Issuer}
	switch found := query.Get("iss").(type) {
	case string:
		if found == c.Issuer {
			return nil
		}
		refused.Found = firstText(oneLine(found, 200), "(empty)")
	default:
		required := c.metadata != nil && c.metadata.IssInCallback
		if !query.Has("iss") && !required {
			return nil
		}
		if query.Has("iss") {
			refused.Found = "a " + kind(found)
		}
	}
	return &Failure{Class: Malformed, Message: refused.Error(), Err: refused}
}
