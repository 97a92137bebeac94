package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// AppendEvents adds events to a connection's timeline.
func (s *Store) AppendEvents(ctx context.Context, connection string, events ...runtime.Event) error {
	if len(events) == 0 {
		return nil
	}
	docs := make([]string, len(events))
	for i := range events {
		row, err := s.codec.Event(connection, &events[i])
		if err != nil {
			return err
		}
		docs[i] = row.Doc
	}
	docs = docs[max(0, len(docs)-store.MostRows):]
	batch := &pgx.Batch{}
	batch.Queue(`SELECT FROM connections WHERE id = $1 FOR NO KEY UPDATE`, connection) // one after the other: the next sees our seqs
	batch.Queue(appendEvents, connection, docs)
	batch.Queue(pruneEvents, connection, store.MostRows, store.ConsoleMark, store.ConsoleRows)
	return s.writeBatch(ctx, batch, runtime.ErrNotFound)
}

var appendEvents = fmt.Sprintf(`INSERT INTO events (connection, seq, doc)
	SELECT c.id, greatest((c.version << 16) + %d, (SELECT max(seq) FROM events WHERE connection = c.id)) + new.n, new.doc
	FROM connections c, unnest($2::text[]) WITH ORDINALITY AS new (doc, n) WHERE c.id = $1`, store.FirstAdded(0))

// pruneEvents keeps a timeline within its bounds. Who runs it has the connection's row locked.
const pruneEvents = `DELETE FROM events WHERE connection = $1 AND seq IN (
	SELECT seq FROM (
		SELECT seq, console AND row_number() OVER (PARTITION BY console ORDER BY seq DESC) > $4 AS sooner
		FROM (SELECT seq, strpos(doc, $3) > 0 AS console FROM events WHERE connection = $1) AS kinds) AS ranks
	ORDER BY sooner DESC, seq
	LIMIT greatest(0, (SELECT count(*) FROM events WHERE connection = $1) - $2))`

// putWithEvents is put for a connection, with the events that come with it. It tells other processes.
func (s *Store) putWithEvents(ctx context.Context, version *int64, insert, update statement, rows []store.EventRow) error {
	run := first(*version, insert, update)
	rows = rows[max(0, len(rows)-store.MostRows):]
	seqs, docs := make([]int64, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		seqs[i], docs[i] = r.Seq, r.Doc
	}
	n := len(run.args)
	batch := &pgx.Batch{}
	batch.Queue(fmt.Sprintf(`WITH put AS (%s RETURNING id, version), told AS (SELECT pg_notify($%d, %s) FROM put)
		INSERT INTO events (connection, seq, doc)
		SELECT put.id, new.seq, new.doc FROM put, told, unnest($%d::bigint[], $%d::text[]) AS new (seq, doc)`,
		run.text, n+1, tellConnection, n+2, n+3), append(run.args, s.channel, seqs, docs)...)
	batch.Queue(pruneEvents, rows[0].Connection, store.MostRows, store.ConsoleMark, store.ConsoleRows)
	err := s.writeBatch(ctx, batch, runtime.ErrConflict)
	if err == nil {
		*version++
	}
	return err
}

// writeBatch runs the statements in one transaction and one round trip. The last but one must change something; where it
// does not, the answer is otherwise.
func (s *Store) writeBatch(ctx context.Context, batch *pgx.Batch, otherwise error) error {
	return s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		results := conn.SendBatch(ctx, batch)
		var changed int64
		for i := range batch.Len() {
			tag, err := results.Exec()
			if err != nil {
				return errors.Join(err, results.Close())
			}
			if i == batch.Len()-2 {
				changed = tag.RowsAffected()
			}
		}
		if err := results.Close(); err != nil { // the commit
			return err
		}
		if changed == 0 {
			return otherwise
		}
		return nil
	})
}

// Events are those of a connection that the filter selects, the newest first.
func (s *Store) Events(ctx context.Context, f runtime.EventFilter) ([]runtime.Event, error) {
	if !keeps(f.Connection) {
		return nil, nil
	}
	recent, err := one(ctx, s, func(row scanner) (recent string, err error) { return recent, row.Scan(&recent) },
		`SELECT coalesce((SELECT recent FROM connections WHERE id = $1), '')`, f.Connection)
	if err != nil {
		return nil, err
	}
	before, limit := store.Page(f)
	rows, err := list(ctx, s, s.codec.ScanEvent,
		`SELECT `+store.EventColumns+` FROM events WHERE connection = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`, f.Connection, before, limit)
	if err != nil {
		return nil, err
	}
	return s.codec.Timeline(f, recent, rows)
}
