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
// must be it to the letter when it is there, and must be there when the issuer's metadata says so. The error is an
// *IssuerError.
func (c *Config) CheckIssuer(query *value.Object) error {
	if c.Issuer == "" {
		return nil
	}
	required := c.metadata != nil && c.metadata.IssInCallback
	switch found := query.Get("iss").(type) {
	case string:
		if found != c.Issuer {
			return &IssuerError{Expected: c.Issuer, Found: firstText(oneLine(found, 200), "(empty)")}
		}
	default:
		if query.Has("iss") {
			return &IssuerError{Expected: c.Issuer, Found: "a " + kind(found)}
		}
		if required {
			return &IssuerError{Expected: c.Issuer}
		}
	}
	return nil
}
