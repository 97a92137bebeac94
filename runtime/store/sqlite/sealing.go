package sqlite

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

// query is SQL of package store as SQLite numbers its parameters.
func query(text string) string { return strings.ReplaceAll(text, "$", "?") }

// AdmitKeys compares and writes in one transaction, which is on no connection that a reader may wait for: what opens a record
// may be what asks.
func (s *Store) AdmitKeys(ctx context.Context, keys runtime.Keyring) error {
	return s.failed(s.admit(ctx, keys))
}

func (s *Store) admit(ctx context.Context, keys runtime.Keyring) error {
	var refused error
	err := s.writer.do(ctx, func(t *tx) error {
		known, err := readAdmission(func(read func(scanner) (struct{}, error), query string) error {
			rows, err := t.rows(query)
			if err == nil {
				_, err = readAll(rows, read)
			}
			return err
		})
		if err != nil {
			return err
		}
		proofs, err := known.Admit(keys)
		if refused = err; err != nil {
			return nil
		}
		for key, proof := range proofs {
			if _, err := t.exec(`INSERT INTO sealing_keys (id, proof) VALUES (?, ?) ON CONFLICT DO NOTHING`, key, proof); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return refused
}

// readAdmission reads what is known of keys; list runs a query.
func readAdmission(list func(read func(scanner) (struct{}, error), query string) error) (store.Admission, error) {
	known := store.Admission{Proofs: map[string][]byte{}, Retired: map[string]bool{}}
	err := list(func(row scanner) (none struct{}, err error) {
		var id string
		var proof []byte
		err = row.Scan(&id, &proof)
		known.Proofs[id] = proof
		return none, err
	}, `SELECT id, proof FROM sealing_keys`)
	if err != nil {
		return known, err
	}
	return known, list(func(row scanner) (none struct{}, err error) {
		var id string
		var dropped bool
		err = row.Scan(&id, &dropped)
		known.Retired[id] = dropped
		return none, err
	}, `SELECT id, dropped FROM retired_keys`)
}

// rows runs a query.
func (t *tx) rows(query string) (*sql.Rows, error) {
	s, err := t.statement(query)
	if err != nil {
		return nil, err
	}
	return s.Query()
}

// RetireKeys needs no lock: one writer comes after the other.
func (s *Store) RetireKeys(ctx context.Context, ids []string) error {
	return s.eachKey(ctx, ids, `INSERT INTO retired_keys (id, dropped) VALUES (?, 0) ON CONFLICT DO NOTHING`)
}

// DropKeys forgets keys.
func (s *Store) DropKeys(ctx context.Context, ids []string) error {
	return s.eachKey(ctx, ids, `UPDATE retired_keys SET dropped = 1 WHERE id = ?`, `DELETE FROM sealing_keys WHERE id = ?`)
}

func (s *Store) eachKey(ctx context.Context, ids []string, statements ...string) error {
	return s.failed(s.writer.do(ctx, func(t *tx) error {
		for _, id := range ids {
			for _, statement := range statements {
				if _, err := t.exec(statement, id); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// KeyUse reads every record.
func (s *Store) KeyUse(ctx context.Context) (map[string]int, error) {
	use := map[string]int{}
	for _, p := range store.Parts {
		_, err := list(ctx, s.reads, func(row scanner) (none struct{}, err error) {
			keys, into, records := make([][]byte, len(p.Columns)), make([]any, len(p.Columns)+1), 0
			for i := range keys {
				into[i] = &keys[i]
			}
			into[len(keys)] = &records
			err = row.Scan(into...)
			store.AddUse(use, keys, records)
			return none, err
		}, query(p.Use()))
		if err != nil {
			return nil, s.failed(err)
		}
	}
	return use, nil
}

// Reseal seals the next records anew.
func (s *Store) Reseal(ctx context.Context, owner string, life time.Duration, limit int) (runtime.Resealing, error) {
	r, err := s.codec.Reseal(ctx, resealing{s}, owner, life, limit)
	return r, s.failed(err)
}

// Resealing is how far that is.
func (s *Store) Resealing(ctx context.Context) (runtime.Resealing, error) {
	p, err := resealing{s}.Progress(ctx)
	return p.Resealing, s.failed(err)
}

// ResealAgain begins anew.
func (s *Store) ResealAgain(ctx context.Context) error {
	return s.write(ctx, func(t *tx) (int64, error) { return t.exec(`UPDATE resealing SET key = '' WHERE id = 1`) }, runtime.ErrConflict)
}

// resealing is the store as a store.ResealDB.
type resealing struct{ s *Store }

func (r resealing) Progress(ctx context.Context) (p store.Progress, err error) {
	err = p.Read(r.s.reads.row(ctx, `SELECT `+store.ProgressColumns+` FROM resealing WHERE id = 1`).Scan)
	return p, err
}

func (r resealing) LeaseProgress(ctx context.Context, owner string, life time.Duration) error {
	now := r.s.now()
	return r.s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`UPDATE resealing SET lease_owner = ?, lease_until = ? WHERE id = 1 AND (lease_owner = ? OR lease_until <= ?)`,
			owner, store.Micros(now.Add(life)), owner, store.Micros(now))
	}, runtime.ErrConflict)
}

func (r resealing) SealedEnd(ctx context.Context, p store.Part, after string, count int) (string, error) {
	ids, err := list(ctx, r.s.reads, func(row scanner) (id string, err error) { err = row.Scan(&id); return id, err }, query(p.End()), after, count)
	if len(ids) == 0 {
		return "", err
	}
	return ids[0], err
}

func (r resealing) SealedRows(ctx context.Context, p store.Part, after, end string, key []byte, limit int) ([]store.SealedRow, error) {
	return list(ctx, r.s.reads, func(row scanner) (sealed store.SealedRow, err error) {
		err = row.Scan(sealed.Into(p)...)
		return sealed, err
	}, query(p.Foreign()), after, end, key, limit)
}

func (r resealing) Resealed(ctx context.Context, owner string, p store.Part, rows []store.SealedRow, next func(int) store.Progress) error {
	return r.s.write(ctx, func(t *tx) (int64, error) {
		replaced := 0
		for _, row := range rows {
			args := []any{row.ID, row.Version}
			for _, field := range row.Fields {
				args = append(args, field)
			}
			changed, err := t.exec(query(p.Update()), args...)
			if err != nil {
				return 0, err
			}
			replaced += int(changed)
		}
		values, err := next(replaced).Values()
		if err != nil {
			return 0, err
		}
		return t.exec(`UPDATE resealing SET (`+store.ProgressColumns+`) = (?, ?, ?, ?, ?, ?, ?) WHERE id = 1 AND lease_owner = ?`, append(values, owner)...)
	}, runtime.ErrConflict)
}
