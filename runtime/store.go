package runtime

import (
	"context"
	"errors"
	"time"
)

// What a Store answers besides the errors of its database.
var (
	// ErrNotFound says that there is no such record.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the record has changed, or come or gone, since it was read.
	ErrConflict = errors.New("changed meanwhile")
	// ErrUnopened says that a sealed field of the record cannot be opened with the keys that there are.
	ErrUnopened = errors.New("cannot be opened")
	// ErrAway says that Follow did not reach the database: others will not either.
	ErrAway = errors.New("the database cannot be reached")
)

// Store keeps records. Every Put is durable when it returns, and is a compare-and-swap: it succeeds only if the stored
// version is the one in the record (0: it must not exist yet), and leaves the new version in the record; otherwise it
// answers ErrConflict and changes nothing. Records handed out are the caller's own. Safe for concurrent use.
type Store interface {
	IntegrationStore
	ConnectionStore
	LeaseStore
	NodeStore
	FollowStore
	DueStore
	EventStore
	FlowStore
	ValueStore
	KeyStore
	SessionStore
	SealingStore
	// Now is the database's clock, in UTC.
	Now(ctx context.Context) (time.Time, error)
	// Ping tells whether the store can be read and written.
	Ping(ctx context.Context) error
	Close() error
}

// IntegrationStore keeps integrations.
type IntegrationStore interface {
	Integration(ctx context.Context, key string) (*Integration, error)
	Integrations(ctx context.Context) ([]*Integration, error) // by key
	PutIntegration(ctx context.Context, i *Integration) error
	// DeleteIntegration answers ErrConflict while connections of it exist.
	DeleteIntegration(ctx context.Context, key string) error
}

// ConnectionFilter selects connections; empty fields select all.
type ConnectionFilter struct {
	Integration  string
	Owner        string
	Status       Status
	Owners       []string // any of these: the limit of a key
	Integrations []string // likewise
	After        string   // only ids behind this one: the cursor
	Limit        int      // at most so many; 0: 100
}

// ConnectionStore keeps connections.
type ConnectionStore interface {
	Connection(ctx context.Context, id string) (*Connection, error)
	Connections(ctx context.Context, f ConnectionFilter) ([]*Connection, error) // by id
	// PutConnection stores c and adds events to its timeline, both or neither.
	PutConnection(ctx context.Context, c *Connection, events ...Event) error
	// DeleteConnection removes the connection, whatever its version, its flows and its events.
	DeleteConnection(ctx context.Context, id string) error
}

// LeaseStore keeps the right to renew a connection: a lease in its record, whose times are the database's clock's.
type LeaseStore interface {
	// TakeLease gives owner (NODE/RUN) the lease on c for a while, unless another node's lasts, and leaves it in c with the
	// next fence and version: a compare-and-swap on c's version, so that whoever has it knows what is stored. What a process
	// of the same node has left counts for nothing: a node is one process at a time. ErrConflict otherwise.
	TakeLease(ctx context.Context, c *Connection, owner string, life time.Duration) error
	// ExtendLease lets owner's lease with the fence last so much longer from now on, and nothing else changes. ErrConflict if
	// it is not owner's any more, or has ended: somebody may have seen that it has.
	ExtendLease(ctx context.Context, id, owner string, fence int64, life time.Duration) error
}

// Node is a server process on the database.
type Node struct {
	ID     string    // of its data folder
	Run    string    // of the process, as it owns leases: NODE/RUN
	Keys   []string  // ids of the encryption keys that it can open records with
	Active string    // the one that it seals with
	Sealed []string  // those that entries of its journal are sealed with which still count
	SeenAt time.Time // on the database's clock; the store sets it
}

// NodeStore knows which server processes live.
type NodeStore interface {
	// Beat stores that n lives.
	Beat(ctx context.Context, n Node) error
	// Nodes are those that were seen since a time, by id.
	Nodes(ctx context.Context, since time.Time) ([]Node, error)
	// Leave removes a node that has ended.
	Leave(ctx context.Context, id string) error
}

// ChangeKind is what a Change is about.
type ChangeKind string

// What Follow tells of.
const (
	ConnectionChanged  ChangeKind = "connection"
	KeyChanged         ChangeKind = "key"
	IntegrationChanged ChangeKind = "integration"
	SessionChanged     ChangeKind = "session" // it was ended by itself; with its API key, KeyChanged tells
	// Synced says that every change whose write had returned before the time Before has been told.
	Synced ChangeKind = "synced"
)

// Change is what some process on the database has written, or that nothing else has been.
type Change struct {
	Kind    ChangeKind
	ID      string    // of a connection, key or session, the key of an integration; empty: any of them may have changed
	Version int64     // of a connection, as it is stored now or was meanwhile; math.MaxInt64: it is deleted
	Before  time.Time // of Synced, on this machine's monotonic clock
}

// FollowStore tells what other processes write.
type FollowStore interface {
	// Follow calls told, from one goroutine, for every change that is committed from its first Synced on, by whichever
	// process, and at least every 250 ms for Synced while nothing is wrong. It returns when ctx ends or when it cannot
	// promise that any more: with ErrAway where the database cannot be reached. What is stored by a renewal is told a
	// little later than it is stored, without that promise, and not at all where no other node lives.
	Follow(ctx context.Context, told func(Change)) error
	// Versions are those of connections as they are stored; of those that are gone there is none.
	Versions(ctx context.Context, ids []string) (map[string]int64, error)
}

// Due is a connection that is due for a renewal in the background at a time. Times before 1971 stand for connections of
// which nobody has worked out yet when they are due.
type Due struct {
	ID          string
	Integration string
	At          time.Time
}

// DueQuery selects connections that are due. Empty fields select all.
type DueQuery struct {
	Limit  int      // at most so many
	Except []string // integrations that are left out
	// Share and Of divide connections between nodes by their ids: the share 0 of 3, 1 of 3, 2 of 3. Of <= 1: no shares.
	Share, Of int
	Late      time.Time // not zero: of the other shares instead, those that have been due since before
	Owner     string    // NODE/RUN: those whose lease another node has are left out
}

// DueStore knows when connections are due. It costs what it lists, and what lies between, however many connections there are.
type DueStore interface {
	// Due lists connections by the time at which they are due, those first that have been for longest. Those that never are
	// are not listed.
	Due(ctx context.Context, q DueQuery) ([]Due, error)
	// DueCount tells how many connections are due at a time, counting to most, and since when the first of them is: zero
	// where there is none whose time has been worked out.
	DueCount(ctx context.Context, at time.Time, most int) (n int, since time.Time, err error)
	// Postpone sets when a connection is due (zero: never) and nothing else: its version stays. ErrConflict if that is not
	// the stored one.
	Postpone(ctx context.Context, id string, version int64, due time.Time) error
}

// EventStore keeps the timelines of connections, MaxEvents of each. The words of EventRefreshed need not come back: the
// engine has them.
type EventStore interface {
	// Events lists events of a connection, the newest first; of one that there is not, none.
	Events(ctx context.Context, f EventFilter) ([]Event, error)
	// AppendEvents adds events in their order, all or none of them; ErrNotFound if there is no such connection.
	AppendEvents(ctx context.Context, connection string, events ...Event) error
}

// FlowHandle names the hash by which a flow is looked up.
type FlowHandle string

// The handles of a flow.
const (
	ByConnect    FlowHandle = "connect"
	ByState      FlowHandle = "state"
	ByPosted     FlowHandle = "handle"
	ByCompletion FlowHandle = "completion"
)

// FlowStore keeps flows. An expired flow is not found.
type FlowStore interface {
	Flow(ctx context.Context, by FlowHandle, hash []byte) (*Flow, error)
	PutFlow(ctx context.Context, f *Flow) error
	// TakeFlow removes the flow if its version is still the one in f, ErrConflict otherwise: of many takers one wins.
	TakeFlow(ctx context.Context, f *Flow) error
	// DeleteExpiredFlows removes flows that expired before the time and returns the connections they belonged to.
	DeleteExpiredFlows(ctx context.Context, before time.Time) ([]string, error)
}

// ValueStore keeps named values. One that has expired is not found. They go with their connection or integration.
type ValueStore interface {
	Value(ctx context.Context, k ValueKey) (*Value, error)
	// PutValue stores v in the place of whatever has its key. ErrNotFound if its connection or integration is not there,
	// ErrConflict if that has most others already.
	PutValue(ctx context.Context, v *Value, most int) error
	DeleteValue(ctx context.Context, k ValueKey) error
	// DeleteExpiredValues removes values that expired before the time.
	DeleteExpiredValues(ctx context.Context, before time.Time) error
}

// KeyStore keeps API keys.
type KeyStore interface {
	KeyByHash(ctx context.Context, hash []byte) (*APIKey, error)
	Keys(ctx context.Context) ([]*APIKey, error) // by creation
	CreateKey(ctx context.Context, k *APIKey) error
	DeleteKey(ctx context.Context, id string) error
}

// SessionStore keeps sessions of pages. One that has expired is not found.
type SessionStore interface {
	SessionByHash(ctx context.Context, hash []byte) (*Session, error)
	Session(ctx context.Context, id string) (*Session, error)
	// CreateSession answers ErrConflict, too, when the API key that made the session is gone. The session goes with the key.
	CreateSession(ctx context.Context, s *Session) error
	DeleteSession(ctx context.Context, id string) error
	// HasOrigin tells whether any session is for pages of the origin that has not expired at a time.
	HasOrigin(ctx context.Context, origin string, at time.Time) (bool, error)
	DeleteExpiredSessions(ctx context.Context, before time.Time) error
}
