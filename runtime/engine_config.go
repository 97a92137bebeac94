package runtime

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"claviger/connectors"
	"claviger/jsbridge"
	"claviger/runtime/egress"
)

// Connectors is what is loaded; connectors.Set is one.
type Connectors interface {
	// Get returns the newest version of a connector.
	Get(key string) (*connectors.Connector, bool)
	// Version returns the given version, which may have been replaced since a flow began.
	Version(key, version string) (*connectors.Connector, bool)
}

// Hooks runs methods written in JavaScript; jsbridge.Pool is one.
type Hooks interface {
	Call(ctx context.Context, c jsbridge.Call) (any, error)
}

// Observer counts what the engine does. A nil Observer counts nothing.
type Observer interface {
	// TokenCall is one request for a token: operation exchange, refresh or client_credentials; outcome "ok" or a class.
	TokenCall(integration, operation, outcome string, took time.Duration)
	// HookCall is one run of a method in JavaScript; outcome "ok", "error", "overloaded" where it did not start, or "limit:"
	// and the name of the limit that ended it.
	HookCall(connector, method, outcome string, took time.Duration)
	// APICall is one call of an API: through proxy or client; outcome is the class of the answer's status, such as 2xx, or why
	// there was none.
	APICall(connector, through, outcome string)
	// Authorization is the end of a flow: connected, failed or refused.
	Authorization(integration, outcome string)
	// BackgroundRenewal is one renewal that nobody waited for; outcome "ok" or a code.
	BackgroundRenewal(integration, outcome string)
	// CircuitsOpen is how many token endpoints are left alone because they do not answer.
	CircuitsOpen(n int)
	// CredentialsRead is one answer to a reader: memory, store, renewed or a code.
	CredentialsRead(source string)
	// RecordsToReseal is how many records this node is still to seal anew with the active key.
	RecordsToReseal(n int)
}

// Config is what an Engine is made of. Fields without a word on their zero value are required.
type Config struct {
	Store      Store
	Connectors Connectors
	Hooks      Hooks
	Guard      *egress.Guard
	PublicURL  string          // scheme, host and optional path under which browsers reach this server; no slash at its end
	Dev        bool            // accept a connector's new hosts without asking
	Log        *slog.Logger    // nil: none
	Observer   Observer        // nil: none
	HookLimits jsbridge.Limits // of one call of a hook; zero fields: the defaults
	Random     io.Reader       // for $uuid in mappings and hooks; nil: crypto/rand
	Node       string          // id of the data folder, which one process uses at a time; empty: a random one

	Journal      Journal       // keeps answers while the store is away; nil: none
	LocalStore   bool          // the store's disk is this node's own, so that a write to it keeps an answer as the journal does
	JournalGrace time.Duration // how long nobody renews what another node was renewing when it fell silent: it may come back with the answer; 0: 60 s
	// Keys are the ids of the encryption keys that this process can open records with, and of the one that it seals with,
	// for other nodes to know; nil: they are not told.
	Keys func() (ids []string, active string)
	// JournalKeys are the ids of the keys that entries of the journal are sealed with which still count; nil: there are none.
	JournalKeys func() []string

	TokenTimeout time.Duration // deadline of one token request; 0: 30 s
	// RevokePatience is how long a deletion tries to revoke a token; 0: 10 s
	RevokePatience time.Duration
	CircuitPause   time.Duration // how long a token endpoint is left alone that does not answer; 0: 30 s
	// CircuitWindow is within what time the failures come that say so; 0: 2 min
	CircuitWindow time.Duration
	OfflineGrace  time.Duration // how long memory serves while the database is away; 0: 5 min
}

// withDefaults fills in what is not required.
func (c Config) withDefaults() Config {
	c.TokenTimeout = cmp.Or(c.TokenTimeout, 30*time.Second)
	c.JournalGrace = cmp.Or(c.JournalGrace, time.Minute)
	c.RevokePatience = cmp.Or(c.RevokePatience, revokePatience)
	if c.Journal == nil {
		c.Journal = noJournal{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Node == "" {
		c.Node = newID("node")
	}
	return c
}

type noObserver struct{}

func (noObserver) TokenCall(string, string, string, time.Duration) {}
func (noObserver) HookCall(string, string, string, time.Duration)  {}
func (noObserver) APICall(string, string, string)                  {}
func (noObserver) Authorization(string, string)                    {}
func (noObserver) BackgroundRenewal(string, string)                {}
func (noObserver) CircuitsOpen(int)                                {}
func (noObserver) CredentialsRead(string)                          {}
func (noObserver) RecordsToReseal(int)                             {}
