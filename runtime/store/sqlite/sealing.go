package sqlite

import (
	"context"
	"database/sql"
	"strings"

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
