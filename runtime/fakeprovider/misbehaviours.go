package fakeprovider

// misbehaviour is one way of misbehaving. Exactly one of replace and reshape is set.
type misbehaviour struct {
	mode    Mode
	summary string   // what happens, and which fields of the fault it reads, with defaults
	on      Endpoint // where, unless the fault says otherwise
	replace func(f Fault) *answer
	reshape func(f Fault, q *Request, next func() *answer) *answer
}

// The modes.
const (
	Answer                 Mode = "answer"
	HTML                   Mode = "html"
	NotOK                  Mode = "not_ok"
	OAuthError             Mode = "oauth_error"
	InvalidGrant           Mode = "invalid_grant"
	InvalidClient          Mode = "invalid_client"
	RateLimited            Mode = "rate_limited"
	Unavailable            Mode = "unavailable"
	TemporarilyUnavailable Mode = "temporarily_unavailable"
	Redirect               Mode = "redirect"
	Oversized              Mode = "oversized"
	DeepJSON               Mode = "deep_json"
	GzipBomb               Mode = "gzip_bomb"
	Hang                   Mode = "hang"
	Reset                  Mode = "reset"

	Latency          Mode = "latency"
	JSONOnly         Mode = "json_only"
	Set              Mode = "set"
	TextExpiresIn    Mode = "text_expires_in"
	NoExpiresIn      Mode = "no_expires_in"
	Nested           Mode = "nested"
	FormEncoded      Mode = "form_encoded"
	WrongContentType Mode = "wrong_content_type"
	Callback         Mode = "callback"
	Drip             Mode = "drip"
	ResetHalf        Mode = "reset_half"
)

// misbehaviours is the table: a new one is a mode, a record here and its function. Reshaping ones wrap each other in the
// order in which they were set, so what changes the fields goes before what encodes them, and that before what sends.
var misbehaviours = []misbehaviour{
	{Answer, "status (200), header, body as given; with times a queue", Token, answerGiven, nil},
	{HTML, "a page of HTML with status (200)", Token, answerHTML, nil},
	{NotOK, "status 200 with {ok: false, error (invalid_auth)}", Token, answerNotOK, nil},
	{OAuthError, "error (server_error) and description with status (400)", Token, answerOAuthError, nil},
	{InvalidGrant, "400 invalid_grant: the user has withdrawn consent", Token, answerInvalidGrant, nil},
	{InvalidClient, "401 invalid_client", Token, answerInvalidClient, nil},
	{RateLimited, "429 with Retry-After of retryAfter (1) seconds", Token, answerRateLimited, nil},
	{Unavailable, "503 with a plain text, as a proxy in front answers; Retry-After where retryAfter is given", Token, answerUnavailable, nil},
	{TemporarilyUnavailable, "503 with error temporarily_unavailable; Retry-After where retryAfter is given", Token, answerTemporarily, nil},
	{Redirect, "a redirect with status (307) to location (/api/echo)", Token, answerRedirect, nil},
	{Oversized, "a token answer of size (2 MiB) bytes", Token, answerOversized, nil},
	{DeepJSON, "a token answer with size (100,000) nested lists", Token, answerDeep, nil},
	{GzipBomb, "a gzipped token answer that unpacks to size (64 MiB) bytes", Token, answerBomb, nil},
	{Hang, "no answer until the client gives up", Token, answerHang, nil},
	{Reset, "the connection is reset before any byte of an answer", Token, answerReset, nil},

	{Latency, "the answer comes delayMs (100) later", Token, nil, delayed},
	{JSONOnly, "token requests that are not JSON get 400 invalid_request", Token, nil, jsonOnly},
	{Set, "lays set over a JSON answer; null removes", Token, nil, setFields},
	{TextExpiresIn, "expires_in as a text", Token, nil, textExpiresIn},
	{NoExpiresIn, "no expires_in", Token, nil, noExpiresIn},
	{Nested, "moves the token fields as fields says (to data.accessToken, data.refreshToken, data.expiresIn)", Token, nil, nested},
	{FormEncoded, "the answer form-encoded, as GitHub does", Token, nil, formEncoded},
	{WrongContentType, "the answer labelled text/html, or as header says", Token, nil, wrongContentType},
	{Callback, "replaces params of the callback; an empty list removes one, two values repeat it", Authorize, nil, callbackParams},
	{Drip, "the answer comes byte by byte, one each delayMs (100)", Token, nil, drip},
	{ResetHalf, "the connection ends after half of the body", Token, nil, resetHalf},
}
