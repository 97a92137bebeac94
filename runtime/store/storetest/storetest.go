// Package storetest holds the tests that every store passes. A store's own test is a few lines:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) storetest.Database {
//			path := filepath.Join(t.TempDir(), "claviger.db")
//			return storetest.Database{
//				Open:  func(keys store.Keyring) (runtime.Store, error) { return sqlite.Open(t.Context(), path, keys) },
//				Exec:  func(statement string) error { … },
//				Bytes: func() ([]byte, error) { … },
//			}
//		})
//	}
package storetest

import (
	"testing"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store"
)

// Database is one empty database, and the ways into it that the tests need.
type Database struct {
	// Open opens the database, as often as it is called; there may be several stores on it at a time.
	Open func(keys store.Keyring) (runtime.Store, error)
	// Exec runs a SQL statement in the database, past every store. The tables and columns have the names that package
	// store draws. nil leaves out the tests that tamper with sealed bytes.
	Exec func(statement string) error
	// Bytes is everything that the database has written. nil leaves out the search for secrets in it.
	Bytes func() ([]byte, error)
	// Shared says that several servers may use the database: Follow tells of everything that any of them writes.
	Shared bool
}

// Run runs all tests, each on a fresh database.
func Run(t *testing.T, fresh func(t testing.TB) Database) {
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			d := fresh(t)
			if c.needs == nil || c.needs(d) {
				s := newSuite(t, d)
				s.fresh = fresh
				c.run(s)
			}
		})
	}
}

type test struct {
	name  string
	needs func(Database) bool
	run   func(*suite)
}

var tests = []test{
	{"clock and ping", nil, clockAndPing},
	{"context and close", nil, contextAndClose},
	{"integrations", nil, integrations},
	{"integration with connections stays", nil, integrationStays},
	{"leases", nil, leases},
	{"a lease that was extended stays so", nil, leaseStaysExtended},
	{"one of many takes the lease", nil, oneTakesTheLease},
	{"nodes", nil, nodes},
	{"connections", nil, connections},
	{"due in order", nil, dueInOrder},
	{"due in shares", nil, dueInShares},
	{"due, but leased", nil, dueNotLeased},
	{"due, counted", nil, dueCounted},
	{"syncs", nil, syncs},
	{"versions", nil, versions},
	{"changes are told", func(d Database) bool { return d.Shared }, changesAreTold},
	{"renewals are told", func(d Database) bool { return d.Shared }, renewalsAreTold},
	{"lists of connections", nil, lists},
	{"texts that no record has", nil, foreignTexts},
	{"values", nil, values},
	{"values go with their owner", nil, valuesGo},
	{"values are bounded", nil, valuesAreBounded},
	{"flows", nil, flows},
	{"expired flows", nil, expiredFlows},
	{"flows go with their connection", nil, flowsGo},
	{"events", nil, events},
	{"events are bounded", nil, eventsAreBounded},
	{"console output goes first", nil, consoleGoesFirst},
	{"every event comes back", nil, everyEvent},
	{"no event is lost", nil, noEventLost},
	{"API keys", nil, apiKeys},
	{"sessions", nil, sessions},
	{"expired sessions", nil, expiredSessions},
	{"every field comes back", nil, everyField},
	{"values come back exactly", nil, exactValues},
	{"nil and empty differ", nil, nilAndEmpty},
	{"records are the caller's own", nil, ownRecords},
	{"one of many writers wins", nil, oneWriterWins},
	{"one of many creators wins", nil, oneCreatorWins},
	{"one of many takers wins", nil, oneTakerWins},
	{"no update is lost", nil, noUpdateLost},
	{"reopened", nil, reopened},
	{"wrong keyset", nil, wrongKeyset},
	{"an old keyset after a rotation", nil, oldKeyset},
	{"records are sealed anew", nil, resealed},
	{"sealed anew beside writers", nil, resealedBesideWriters},
	{"sealed anew after an end in the middle", nil, resealedAfterAnEnd},
	{"what cannot be opened is told", func(d Database) bool { return d.Exec != nil }, unopenedIsTold},
	{"a retired key seals nothing", nil, retiredSealsNothing},
	{"sealed bytes do not move", func(d Database) bool { return d.Exec != nil }, sealedBytesStay},
	{"no secret is written", func(d Database) bool { return d.Bytes != nil }, noSecretWritten},
}

// suite is one test's open store and its shorthands: each fails the test on an unexpected error.
type suite struct {
	*testing.T
	Database
	keys  *seal.Ring
	store runtime.Store
	fresh func(testing.TB) Database
}

func newSuite(t *testing.T, d Database) *suite {
	s := &suite{T: t, Database: d, keys: seal.Generate()}
	s.store = s.open()
	t.Cleanup(func() { s.store.Close() })
	return s
}

func (s *suite) open() runtime.Store {
	s.Helper()
	opened, err := s.Open(s.keys)
	s.ok(err)
	return opened
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// is checks for one of the errors of package runtime.
func (s *suite) is(err, want error) {
	s.Helper()
	if err != want {
		s.Fatalf("got %v, want %v", err, want)
	}
}

func (s *suite) putIntegration(key string) *runtime.Integration {
	s.Helper()
	i := &runtime.Integration{Key: key, Connector: "github"}
	s.ok(s.store.PutIntegration(s.Context(), i))
	return i
}

func (s *suite) putConnection(id, integration string) *runtime.Connection {
	s.Helper()
	c := &runtime.Connection{ID: id, Integration: integration, Status: runtime.Pending}
	s.ok(s.store.PutConnection(s.Context(), c))
	return c
}
