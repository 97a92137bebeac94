package postgres

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/postgres/pgtest"
)

func openTest(t testing.TB, db *pgtest.Database) *Store {
	t.Helper()
	s, err := Open(t.Context(), db.URL, seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.PutIntegration(t.Context(), &runtime.Integration{Key: "github"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// The page of a list is read from an index, in its order, however the database was filled.
func TestListsUseTheirIndex(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := openTest(t, db)
	db.Exec(t, `INSERT INTO connections (id, version, integration, owner, status, doc, recent)
		SELECT 'c' || n, 1, 'github', 'o' || n % 500, CASE n % 200 WHEN 0 THEN 'failed' ELSE 'connected' END, repeat('x', 200), ''
		FROM generate_series(1, 20000) n; ANALYZE connections`)
	for _, c := range []struct {
		f     runtime.ConnectionFilter
		index string
	}{
		{runtime.ConnectionFilter{}, "connections_pkey"},
		{runtime.ConnectionFilter{Owner: "o1"}, "connections_by_owner"},
		{runtime.ConnectionFilter{Owners: []string{"o1"}, Integration: "github", Status: runtime.Failed}, "connections_by_owner"},
		{runtime.ConnectionFilter{Owners: []string{"o1", "o2"}}, "connections_by_owner"},
		{runtime.ConnectionFilter{Owner: "none", Status: runtime.Connected}, "connections_by_owner"},
		{runtime.ConnectionFilter{Integration: "slack"}, "connections_by_integration"},
		{runtime.ConnectionFilter{Status: runtime.Failed}, "connections_by_status"},
		{runtime.ConnectionFilter{Integration: "github", Status: runtime.Failed}, "connections_by_status"},
		{runtime.ConnectionFilter{Status: runtime.Connected, After: "c500"}, ""},
	} {
		query, args := selection(c.f)
		lines, err := list(t.Context(), s, func(row scanner) (line string, err error) { return line, row.Scan(&line) }, "EXPLAIN (ANALYZE, BUFFERS) "+query, args...)
		plan := strings.Join(lines, "\n")
		if err != nil || !strings.Contains(plan, c.index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%+v: %v\n%s", c.f, err, plan)
		}
	}
}

// A renewal writes its row alone: no index, no second table for what is long.
func TestRenewalStaysOnItsPage(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := openTest(t, db)
	c := &runtime.Connection{ID: "c1", Integration: "github", Owner: "o", Status: runtime.Connected}
	const renewals = 100
	for i := range renewals + 1 {
		c.Token = &runtime.Token{Access: secret.New(strings.Repeat("a", 2000)), Refresh: secret.New(fmt.Sprint(i)), IssuedAt: time.Unix(1, 0)}
		if err := s.PutConnection(t.Context(), c, runtime.Event{At: time.Unix(2e9, 0), Kind: runtime.EventRefreshed, By: runtime.ByReader}); err != nil {
			t.Fatal(err)
		}
	}
	s.Close() // tells the statistics
	var hot, size string
	for range 100 {
		hot = db.Exec(t, `SELECT n_tup_upd, n_tup_hot_upd > 0.9 * n_tup_upd FROM pg_stat_user_tables WHERE relname = 'connections'`)
		if hot == fmt.Sprintf("%d|t", renewals) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if hot != fmt.Sprintf("%d|t", renewals) {
		t.Errorf("updates, and whether most were on their page: %s", hot)
	}
	if size = db.Exec(t, `SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE relname = 'connections'`); size != "0" {
		t.Errorf("%s bytes are beside the table", size)
	}
}

// What comes with a connection is stored with it or not at all.
func TestEventsAndTheirConnection(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s := openTest(t, db)
	c := &runtime.Connection{ID: "c1", Integration: "github"}
	if err := s.PutConnection(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	db.Exec(t, `ALTER TABLE events ADD CHECK (doc NOT LIKE '%refused%')`)
	events := []runtime.Event{{Kind: runtime.EventConsole, Message: "fine"}, {Kind: runtime.EventConsole, Message: "refused"}}
	if err := s.AppendEvents(t.Context(), "c1", events...); err == nil {
		t.Error("stored against a rule of the table")
	}
	c.Label = "new"
	if err := s.PutConnection(t.Context(), c, events...); err == nil || c.Version != 1 {
		t.Errorf("stored against a rule of the table: %v, version %d", err, c.Version)
	}
	read, err := s.Connection(t.Context(), "c1")
	list, listErr := s.Events(t.Context(), runtime.EventFilter{Connection: "c1"})
	if err != nil || listErr != nil || read.Label != "" || len(list) != 0 {
		t.Errorf("%+v with %d events (%v, %v)", read, len(list), err, listErr)
	}
	if err := s.PutConnection(t.Context(), c, events[0]); err != nil {
		t.Error(err)
	}
}

func TestWritesAreOnTheDisk(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	ring := seal.Generate()
	for set, want := range map[string]string{"off": "on", "remote_apply": "remote_apply"} {
		db.Exec(t, `ALTER DATABASE `+db.Name+` SET synchronous_commit = `+set)
		s, err := Open(t.Context(), db.URL, ring)
		if err != nil {
			t.Fatal(err)
		}
		got, err := one(t.Context(), s, func(row scanner) (v string, err error) { return v, row.Scan(&v) }, `SHOW synchronous_commit`)
		if err != nil || got != want {
			t.Errorf("%s became %s, %v", set, got, err)
		}
		s.Close()
	}
}

func TestClock(t *testing.T) {
	at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	now := time.Now()
	var c clock
	c.set(reading{database: at, process: now.Add(-time.Hour)}, time.Second)
	if off := c.now().Sub(at.Add(time.Hour)); off.Abs() > time.Second {
		t.Errorf("off by %s", off)
	}
	before := c.last.Load()
	c.set(reading{database: before.at(now).Add(40 * time.Millisecond), process: now}, 100*time.Millisecond)
	if c.last.Load() != before {
		t.Error("the clock jumps by less than is known")
	}
	c.set(reading{database: at, process: now}, 100*time.Millisecond)
	if got := c.last.Load().at(now); !got.Equal(at) {
		t.Errorf("the database's clock was set, ours is still %s", got)
	}
}
