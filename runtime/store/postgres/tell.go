package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
)

// What one process writes the others are told by NOTIFY, on a channel of the schema's own. A payload is of lines:
//
//	c VERSION ID   a connection has this version; 9223372036854775807: it is deleted
//	k 0 ID         an API key was created or revoked
//	i 0 KEY        an integration was stored or deleted
//	s 0 ID         a session was ended; with its API key, that is told
//	n 0 ID         a node has come
//	p 0 TEXT       somebody tries whether it hears
//
// Deletions, keys, sessions, integrations and connections that come with events are told by the transaction that writes them: who
// listens has been told once it is committed. PostgreSQL lets transactions with a NOTIFY commit one after the other, and
// each of them wait for the disk alone. So what renewals write is told afterwards, by one session that waits for no disk.
const (
	toldConnection  = 'c'
	toldKey         = 'k'
	toldIntegration = 'i'
	toldSession     = 's'
	toldNode        = 'n'
	toldProbe       = 'p'
)

const (
	maxPayload  = 7900                 // PostgreSQL takes less than 8000 bytes
	tellLull    = 3 * time.Millisecond // how long what is to be told is gathered
	tellTimeout = 2 * time.Second
	tellRetry   = 200 * time.Millisecond
)

// channelOf is the name of a schema's channel.
func channelOf(schema string) string {
	return fmt.Sprintf("claviger_%x", sha256.Sum256([]byte(schema)))[:41]
}

// telling is a statement that tells of the row that it writes: told is the line's beginning as SQL of that row. The
// statement's last parameter is the channel's.
func (s *Store) telling(statement, told string, args ...any) (string, []any) {
	return fmt.Sprintf(`WITH put AS (%s RETURNING *) SELECT pg_notify($%d, %s) FROM put`, statement, len(args)+1, told), append(args, s.channel)
}

// What telling tells of, as SQL.
const (
	tellConnection  = `'c ' || version || ' ' || id`
	tellGone        = `'c 9223372036854775807 ' || id`
	tellKey         = `'k 0 ' || id`
	tellIntegration = `'i 0 ' || key`
	tellSession     = `'s 0 ' || id`
)

// untold are versions of connections that are stored and not told yet. The zero value is ready.
type untold struct {
	mu       sync.Mutex
	versions map[string]int64
	some     chan struct{}
}

// maxUntold bounds what is kept while the database is away. Who listens has to compare everything after that anyway.
const maxUntold = 100_000

// tellLater notes a version of a connection, unless nobody is there to be told.
func (s *Store) tellLater(id string, version int64) {
	if !s.others.Load() {
		return
	}
	u := &s.untold
	u.mu.Lock()
	if u.versions == nil || len(u.versions) >= maxUntold {
		u.versions = map[string]int64{}
	}
	u.versions[id] = max(version, u.versions[id])
	u.mu.Unlock()
	select {
	case u.some <- struct{}{}:
	default:
	}
}

// take returns what is untold, as payloads.
func (u *untold) take() []string {
	u.mu.Lock()
	versions := u.versions
	u.versions = nil
	u.mu.Unlock()
	var payloads []string
	var lines strings.Builder
	for id, version := range versions {
		line := fmt.Sprintf("%c %d %s\n", toldConnection, version, id)
		if lines.Len()+len(line) > maxPayload && lines.Len() > 0 {
			payloads = append(payloads, lines.String())
			lines.Reset()
		}
		if len(line) <= maxPayload {
			lines.WriteString(line)
		}
	}
	if lines.Len() > 0 {
		payloads = append(payloads, lines.String())
	}
	return payloads
}

// tell sends what is untold until the store closes.
func (s *Store) tell() {
	var conn *pgx.Conn
	var payloads []string
	for {
		select {
		case <-s.ending.Done():
			if conn != nil {
				_ = hangUp(conn)
			}
			return
		case <-s.untold.some:
		}
		time.Sleep(tellLull)
		payloads = append(payloads, s.untold.take()...)
		var err error
		if conn, err = s.send(conn, payloads); err != nil {
			time.AfterFunc(tellRetry, s.untold.again)
			continue
		}
		payloads = nil
	}
}

// again makes tell look.
func (u *untold) again() {
	select {
	case u.some <- struct{}{}:
	default:
	}
}

// send notifies on conn, or on a new session where that is nil. It returns the session, nil if it is of no use any more.
func (s *Store) send(conn *pgx.Conn, payloads []string) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(s.ending, tellTimeout)
	defer cancel()
	var err error
	if conn == nil {
		if conn, err = s.connect(ctx); err != nil {
			return nil, err
		}
		s.teller.Store(conn.PgConn().PID())
		_, err = conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'off', false),
			set_config('application_name', current_setting('application_name') || ' telling', false)`)
	}
	if err == nil {
		_, err = conn.Exec(ctx, `SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS payload`, s.channel, payloads)
	}
	if err != nil {
		_ = hangUp(conn)
		return nil, err
	}
	return conn, nil
}

// read calls told for every line of a payload. What it does not know a newer version has sent.
func read(payload string, told func(kind byte, id string, version int64)) {
	for line := range strings.Lines(payload) {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		number, id, _ := strings.Cut(rest, " ")
		if version, err := strconv.ParseInt(number, 10, 64); err == nil && len(kind) == 1 {
			told(kind[0], id, version)
		}
	}
}

// changes are the kinds of lines that Follow hands on.
var changes = map[byte]runtime.ChangeKind{
	toldConnection: runtime.ConnectionChanged, toldKey: runtime.KeyChanged, toldIntegration: runtime.IntegrationChanged,
	toldSession: runtime.SessionChanged,
}
