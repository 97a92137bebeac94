package sqlite

import (
	"context"
	"fmt"

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
	return s.write(ctx, func(t *tx) (int64, error) { return addEvents(t, connection, docs) }, runtime.ErrNotFound)
}

// firstAdded is store.FirstAdded.
var firstAdded = fmt.Sprintf(`(c.version << 16) + %d`, store.FirstAdded(0))

func addEvents(t *tx, connection string, docs []string) (int64, error) {
	for _, doc := range docs {
		added, err := t.exec(`INSERT INTO events (connection, seq, doc)
			SELECT c.id, max(`+firstAdded+`, coalesce((SELECT max(seq) FROM events WHERE connection = c.id), 0)) + 1, ?
			FROM connections c WHERE c.id = ?`, doc, connection)
		if err != nil || added == 0 {
			return added, err
		}
	}
	return 1, prune(t, connection)
}

// insertEvents stores what comes with a new version of a connection.
func insertEvents(t *tx, rows []store.EventRow) error {
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		if _, err := t.exec(`INSERT INTO events (connection, seq, doc) VALUES (?, ?, ?)`, r.Connection, r.Seq, r.Doc); err != nil {
			return err
		}
	}
	return prune(t, rows[0].Connection)
}

// prune keeps a timeline within its bounds.
func prune(t *tx, connection string) error {
	_, err := t.exec(`DELETE FROM events WHERE connection = ?1 AND seq IN (
		SELECT seq FROM (
			SELECT seq, console AND row_number() OVER (PARTITION BY console ORDER BY seq DESC) > ?4 AS sooner
			FROM (SELECT seq, instr(doc, ?3) > 0 AS console FROM events WHERE connection = ?1))
		ORDER BY sooner DESC, seq
		LIMIT max(0, (SELECT count(*) FROM events WHERE connection = ?1) - ?2))`,
		connection, store.MostRows, store.ConsoleMark, store.ConsoleRows)
	return err
}

// Events are those of a connection that the filter selects, the newest first.
func (s *Store) Events(ctx context.Context, f runtime.EventFilter) ([]runtime.Event, error) {
	var recent string
	if err := s.reads.row(ctx, `SELECT coalesce((SELECT recent FROM connections WHERE id = ?), '')`, f.Connection).Scan(&recent); err != nil {
		return nil, s.failed(err)
	}
	before, limit := store.Page(f)
	rows, err := list(ctx, s.reads, s.codec.ScanEvent,
		`SELECT `+store.EventColumns+` FROM events WHERE connection = ? AND seq < ? ORDER BY seq DESC LIMIT ?`, f.Connection, before, limit)
	if err != nil {
		return nil, s.failed(err)
	}
	return s.codec.Timeline(f, recent, rows)
}
