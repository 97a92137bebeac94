package runtime

import (
	"time"

	"claviger/mapping/value"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// Integration is one OAuth app of a connector: the connector with the parameters that the platform team set.
type Integration struct {
	Key               string // [a-z0-9][a-z0-9-]*, chosen by the platform
	Connector         string // key of the connector
	Parameters        *value.Object
	ReturnURLs        []string // where a browser may be sent after the callback: exact scheme, host and port
	RequireCompletion bool
	Placeholders      []PlaceholderRule
	Role              Role     // whose sessions may connect it; empty: RoleUser
	HookLogs          bool     // keep what hooks print, redacted, in the log and in the connection's events
	StatePatterns     []string // where providers of it put the state in their own way, the newest last
	Fragments         bool     // its provider may answer in the fragment
	RedirectURI       string   // the override that the connector's config asks for; empty: the callback of ours
	Hosts             []string // the pinned set: hosts that the connector may reach for this integration
	PendingHosts      []string // hosts that a reload added and that nobody has accepted yet
	Misconfigured     *Failure // why renewals of this integration's connections are held back; nil when they are not
	CreatedAt         time.Time
	UpdatedAt         time.Time
	Version           int64 // of the record; 0 before it is stored
}

// Status is where a connection stands; interfaces.md draws the transitions.
type Status string

// The four statuses.
const (
	Pending           Status = "pending"
	Connected         Status = "connected"
	Failed            Status = "failed"
	ReconnectRequired Status = "reconnect_required"
)

// Connection is one account's grant.
type Connection struct {
	ID          string
	Integration string
	Owner       string // the platform's own name for a tenant or user; may be empty
	AuthOption  string // key of the alternative auth block in use; empty for the block itself
	Status      Status
	Label       string            // a short text for people
	AccountID   string            // a stable id of the account at the provider; empty: unknown
	Labels      map[string]string // the platform's own; never looked at
	Scopes      []string          // asked for by the creator; nil: the connector's own
	Granted     []string          // what the provider granted, said or unsaid; nil: not known
	Parameters  *value.Object     // what the creator gave and, from the first success on, what the end user typed
	Given       []string          // names of the parameters that the creator gave; nil: they said nothing about any
	Token       *Token            // nil until the first success
	Renewal     Renewal
	Due         time.Time // of its next renewal in the background, to the microsecond; zero: never. The engine sets it with each write
	Fence       int64     // counts the leases that were ever taken on it, and the grants
	Grant       Grant     // which grant the token is of
	LastError   *Failure  // of the last attempt of any kind; nil after a success
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Version     int64 // of the record; 0 before it is stored
}

// Token is what the engine keeps of the provider's answers, apart from what an extraction made of them: so that an
// extraction that drops or renames a field loses nothing that renewal needs.
type Token struct {
	Access      secret.Text
	Refresh     secret.Text   // empty: none was given
	IssuedAt    time.Time     // when the answer's last byte arrived
	ExpiresAt   time.Time     // zero: unknown
	Query       *value.Object // the callback's queryParameters; nil where there was no callback
	Credentials *value.Object // what callers get

	Grant          string        // grantType that made it; empty for the auth type client-credentials
	NoRefreshToken bool          // the connector says: never try the refresh grant
	Margin         time.Duration // refreshMargin; 0: by lifetime
	RefreshLife    time.Duration // refreshTokenLifetime: how long the refresh token lives unused; 0: not said
}

// Renewal is the state of keeping a connection's token fresh; before there is one, of getting it.
type Renewal struct {
	Attempts  int       // failed in a row
	NotBefore time.Time // no attempt before this; zero: at any time
	Lease     *Lease    // a token request was sent, or is about to be; nil: none is under way
	Unknown   int       // attempts in a row whose outcome is unknown
	Over      bool      // no attempt any more: one more of unknown outcome could end the grant
	Failure   *Failure  // why the last renewal failed; nil after a success
	Answer    *Answer   // a token answer that arrived and whose extraction has not succeeded yet
	Spare     *Answer   // one that came to a holder who had lost the lease: tried once before the grant is given up
}

// Grant tells one authorization of a connection from those before: what comes late and belongs to a former one is not used.
type Grant struct {
	At    time.Time // when the answer to its exchange came
	Fence int64     // the connection's, as it raised it: leases of the grant have higher ones
}

// Lease is the sole right to renew a connection's token, over all nodes of a database, and the marker of a request that is
// under way. While a connection is being made it says who makes it.
type Lease struct {
	Owner string    // NODE/RUN: a data folder, and a process that uses it
	Since time.Time // when it was taken
	Until time.Time // when it ends; both on the database's clock, to the microsecond
}

// Answer is a token answer as it arrived, kept sealed until what was made of it is stored.
type Answer struct {
	Response   *value.Object // after tokenFields
	ReceivedAt time.Time
	Query      *value.Object // of the callback, at an exchange
	Node       string        // the process that got it, and makes something of it as long as it lives
	Exchange   *Exchange     // nil: it is the answer to a renewal
	Recorded   []Recorded    // in place of Response: what a hook's requests were answered that failed afterwards; it is run again with these
	Replays    int           // how often it has been
}

// Recorded is an answer that a hook's fetch received.
type Recorded struct {
	Method string
	URL    string // of the request
	Status int
	Header []string // each "name: value"
	Body   secret.Text
}

// Exchange is what a flow had fixed, as far as it is needed to make a connection of the answer to its exchange.
type Exchange struct {
	ConnectorVersion   string
	Parameters         *value.Object // what the end user typed
	AllowAccountChange bool
	RedirectURI        string // these two where the exchange itself is to be done again, with Recorded
	Verifier           secret.Text
}

// Failure is the stored fact of a failed attempt, redacted, for people and for the next decision.
type Failure struct {
	Class       grant.Class `json:"class"`
	Code        string      `json:"code,omitempty"`        // the OAuth error code, where the provider gave one
	Message     string      `json:"message"`               // what happened, in words
	Description string      `json:"description,omitempty"` // the provider's error_description
	Status      int         `json:"status,omitempty"`      // HTTP status of the provider's answer
	Excerpt     string      `json:"excerpt,omitempty"`     // of the provider's answer
	Method      string      `json:"method,omitempty"`      // the connector's method that handled it
	File        string      `json:"file,omitempty"`        // file:line:col, where known
	Connector   string      `json:"connector,omitempty"`   // version of the connector that failed
	Reason      string      `json:"reason,omitempty"`      // of reconnect_required: refused, lost_response, expired
	At          time.Time   `json:"at"`
}

// FlowStage is how far an authorization has come.
type FlowStage string

const (
	// FlowOpen has a connect link that no browser has claimed.
	FlowOpen FlowStage = "open"
	// FlowClaimed belongs to one browser and waits for the provider's callback.
	FlowClaimed FlowStage = "claimed"
	// FlowHeld has the callback's answer and waits for POST …/complete.
	FlowHeld FlowStage = "held"
)

// Flow is an authorization under way. Handles are stored as SHA-256 sums: a copy of the database opens no flow.
type Flow struct {
	ID                 string // random; not secret: it names the cookie
	Connection         string
	Integration        string
	Stage              FlowStage
	ConnectHash        []byte // of the connect link's token
	StateHash          []byte // of the state; nil before a claim
	CookieHash         []byte // of the cookie that binds the browser; nil before a claim
	HandleHash         []byte // of the one-time handle of a posted callback; nil when there is none
	CompletionHash     []byte // of the completion; nil unless held
	ReturnURL          string // empty: a page of ours
	Reconnect          bool   // the connection had a token before
	AllowAccountChange bool
	Pinned             Pinned
	ExpiresAt          time.Time
	Version            int64
}

// Pinned is what a flow fixes when it starts (sealed): nothing of it is read again from live configuration.
type Pinned struct {
	ConnectorVersion     string
	ConnectorParameters  *value.Object
	ConnectionParameters *value.Object // as far as they are known now
	Given                *value.Object // what the creator gave of them, which nobody is asked again; nil: they said nothing
	AuthOption           string
	Hosts                []string
	Scopes               []string
	GrantType            string // empty: authorization_code
	CallbackPattern      string // both empty: the callback's parameters are the standard ones
	StatePattern         string
	RedirectURI          string
	Verifier             secret.Text
	State                secret.Text
	Query                *value.Object // of the callback, once it is held
}

// ValueKey names a value. Either Connection or Integration is empty.
type ValueKey struct {
	Connection  string
	Integration string
	Name        string
}

// Value is a named value of the platform's: a secret, say, that placeholders stand for.
type Value struct {
	ValueKey
	JSON      secret.Text // the value as JSON
	Backend   bool        // it never comes out
	ExpiresAt time.Time   // zero: never
	UpdatedAt time.Time
	Version   int64 // of the record; the store's alone: the last writer wins
}

// Scope is what an API key may do.
type Scope string

const (
	// ScopeAdmin may do everything.
	ScopeAdmin Scope = "admin"
	// ScopeConnect may create, show, list, complete, reconnect and delete connections.
	ScopeConnect Scope = "connect"
	// ScopeUse may show and list connections, read their credentials, renew, test and call through them.
	ScopeUse Scope = "use"
	// ScopeSession is what a page may do. No key has it, and no other scope stands for it: an operation that does not name it
	// is none for pages.
	ScopeSession Scope = "session"
)

// Role is who uses a page.
type Role string

const (
	// RoleUser may connect accounts of integrations that are for everybody.
	RoleUser Role = "user"
	// RoleAdmin may also connect, reconnect and delete those of integrations that ask for it.
	RoleAdmin Role = "admin"
)

// Session is what a page in a browser may do for a while: reach the connections of one owner, from certain origins. The text
// of its token is never stored.
type Session struct {
	ID           string
	Hash         []byte // SHA-256 of the token's text
	Key          string // id of the API key that made it, with which it ends; empty: the bootstrap key
	Owner        string
	Integrations []string // empty: every integration
	Origins      []string // of the pages, as browsers write them
	Role         Role
	CreatedAt    time.Time
	ExpiresAt    time.Time
}

// APIKey is a key to the HTTP interface; its text is never stored.
type APIKey struct {
	ID           string
	Name         string
	Hash         []byte // SHA-256 of the key's text
	Scopes       []Scope
	Owners       []string // empty: every owner
	Integrations []string // empty: every integration
	CreatedAt    time.Time
}
