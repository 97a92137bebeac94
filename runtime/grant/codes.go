package grant

import (
	"regexp"
	"slices"
	"strings"
)

// codes are the error codes whose meaning is known: those of RFC 6749 section 5.2 and OpenID Connect Core section
// 3.1.2.6, and what large providers say in their place. Whatever is not here is Malformed, the class with the least
// consequences: nobody is asked to connect again and no other connection is held back. invalid_request is left out on
// purpose, for providers use it for a code that has expired as well as for a parameter that is missing, and one user's
// stale code must not hold back an integration.
var codes = map[string]Class{
	"invalid_grant":              Reauth,
	"access_denied":              Reauth,
	"consent_required":           Reauth,
	"interaction_required":       Reauth,
	"login_required":             Reauth,
	"account_selection_required": Reauth,
	"invalid_token":              Reauth,
	"expired_token":              Reauth,
	"token_expired":              Reauth,
	"token_revoked":              Reauth,
	"token_inactive":             Reauth,
	"invalid_refresh_token":      Reauth, // Slack
	"bad_refresh_token":          Reauth, // GitHub, HubSpot
	"refresh_token_expired":      Reauth,
	"refresh_token_revoked":      Reauth,
	"bad_verification_code":      Reauth, // GitHub: the code is wrong or has expired
	"bad_auth_code":              Reauth, // HubSpot
	"unverified_user_email":      Reauth, // GitHub
	"invalid_code":               Reauth, // Slack, Zoho
	"code_already_used":          Reauth, // Slack
	"invalid_auth":               Reauth, // Slack
	"account_inactive":           Reauth, // Slack
	"inactive_user":              Reauth, // Salesforce
	"authorization_revoked":      Reauth,
	"consent_revoked":            Reauth,
	"user_denied":                Reauth,

	"invalid_client":               Misconfigured,
	"unauthorized_client":          Misconfigured,
	"unsupported_grant_type":       Misconfigured,
	"unsupported_response_type":    Misconfigured,
	"invalid_scope":                Misconfigured,
	"invalid_target":               Misconfigured, // RFC 8707
	"redirect_uri_mismatch":        Misconfigured,
	"invalid_redirect_uri":         Misconfigured,
	"bad_redirect_uri":             Misconfigured, // Slack
	"invalid_client_id":            Misconfigured,
	"bad_client_id":                Misconfigured,
	"invalid_client_secret":        Misconfigured,
	"bad_client_secret":            Misconfigured, // Slack
	"incorrect_client_credentials": Misconfigured, // GitHub
	"application_suspended":        Misconfigured, // GitHub
	"deleted_client":               Misconfigured, // Google
	"disabled_client":              Misconfigured, // Google

	"temporarily_unavailable": Transient,
	"server_error":            Transient,
	"slow_down":               Transient,
	"ratelimited":             Transient, // Slack
	"rate_limited":            Transient,
	"rate_limit_exceeded":     Transient,
	"too_many_requests":       Transient,
	"service_unavailable":     Transient,
	"internal_error":          Transient, // Slack
}

// clientCodes are those among them that speak of the client itself, or of what it may do at all, and so mean the same for
// whoever's grant was sent. The others, such as invalid_scope, may speak of what one connection asked for.
var clientCodes = []string{
	"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_client_id", "bad_client_id",
	"invalid_client_secret", "bad_client_secret", "incorrect_client_credentials", "application_suspended", "deleted_client", "disabled_client",
}

// IsClientCode tells whether an error code speaks of the client and not of the grant that was sent.
func IsClientCode(code string) bool { return slices.Contains(clientCodes, normalCode(code)) }

var spaces = regexp.MustCompile(`[\s-]+`)

// normalCode brings a code to the form that the table has: HubSpot writes BAD_REFRESH_TOKEN, others Invalid Grant.
func normalCode(code string) string {
	return spaces.ReplaceAllString(strings.ToLower(strings.TrimSpace(code)), "_")
}

var codeShape = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,99}$`)

// isCode tells an OAuth error code from a phrase such as "Internal Server Error", which frameworks put in its place when
// they have failed: such an answer says nothing about what became of the request.
func isCode(code string) bool { return codeShape.MatchString(code) }
