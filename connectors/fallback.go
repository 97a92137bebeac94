package connectors

import "claviger/mapping/value"

// ClientCredentials is what makeApiClient gets as its credentials: the credentials, and for each connection parameter that
// the block's schema declares and the credentials do not have, the parameter (format.md section 3).
func (a *Auth) ClientCredentials(credentials, connectionParameters *value.Object) *value.Object {
	seen := orEmpty(credentials).Clone()
	for _, f := range a.Input.Fields() {
		if !seen.Has(f.Name) {
			seen.Set(f.Name, orEmpty(connectionParameters).Get(f.Name))
		}
	}
	return seen
}
