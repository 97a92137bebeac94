package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// AdmitKeys compares and writes on a connection of its own: what opens a record may be what asks, and has one of the pool.
func (s *Store) AdmitKeys(ctx context.Context, keys runtime.Keyring) error {
	if err := s.usable(); err != nil {
		return err
	}
	return s.failed(ctx, s.admit(ctx, keys))
}

func (s *Store) admit(ctx context.Context, keys runtime.Keyring) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer hangUp(conn)
	return pgx.BeginFunc(ctx, conn, func(t pgx.Tx) error {
		if _, err := t.Exec(ctx, `LOCK TABLE sealing_keys IN SHARE ROW EXCLUSIVE MODE`); err != nil { // a key is dropped before or after
			return err
		}
		known, err := readAdmission(ctx, t)
		if err != nil {
			return err
		}
		proofs, err := known.Admit(keys)
		if err != nil {
			return err
		}
		for key, proof := range proofs {
			if _, err := t.Exec(ctx, `INSERT INTO sealing_keys (id, proof) VALUES ($1, $2)`, key, proof); err != nil {
				return err
			}
		}
		return nil
	})
}

func readAdmission(ctx context.Context, t pgx.Tx) (store.Admission, error) {
	known := store.Admission{Proofs: map[string][]byte{}, Retired: map[string]bool{}}
	rows, err := t.Query(ctx, `SELECT id, proof FROM sealing_keys`)
	if err != nil {
		return known, err
	}
	var id string
	var proof []byte
	if _, err := pgx.ForEachRow(rows, []any{&id, &proof}, func() error { known.Proofs[id] = proof; return nil }); err != nil {
		return known, err
	}
	if rows, err = t.Query(ctx, `SELECT id, dropped FROM retired_keys`); err != nil {
		return known, err
	}
	var dropped bool
	_, err = pgx.ForEachRow(rows, []any{&id, &dropped}, func() error { known.Retired[id] = dropped; return nil })
	return known, err
}

// RetireKeys waits for the writes that have begun; those that come after see what is retired. They wait for no longer than
// a write takes.
func (s *Store) RetireKeys(ctx context.Context, ids []string) error {
	return s.transaction(ctx, func(ctx context.Context, t pgx.Tx) error {
		if _, err := t.Exec(ctx, `LOCK TABLE integrations, connections, flows, named_values IN SHARE MODE`); err != nil {
			return err
		}
		_, err := t.Exec(ctx, `INSERT INTO retired_keys (id, dropped) SELECT unnest($1::text[]), false ON CONFLICT DO NOTHING`, ids)
		return err
	})
}

// DropKeys forgets keys.
func (s *Store) DropKeys(ctx context.Context, ids []string) error {
	return s.transaction(ctx, func(ctx context.Context, t pgx.Tx) error {
		_, err := t.Exec(ctx, `UPDATE retired_keys SET dropped = true WHERE id = ANY ($1)`, ids)
		if err == nil {
			_, err = t.Exec(ctx, `DELETE FROM sealing_keys WHERE id = ANY ($1)`, ids)
		}
		return err
	})
}

func (s *Store) transaction(ctx context.Context, f func(context.Context, pgx.Tx) error) error {
	return s.written(ctx, func(ctx context.Context, conn *pgx.Conn) error {
		return pgx.BeginFunc(ctx, conn, func(t pgx.Tx) error { return f(ctx, t) })
	})
}

// useTimeout bounds the count of what keys are used for.
const useTimeout = 10 * time.Minute

// KeyUse reads every record, on a connection of its own.
func (s *Store) KeyUse(ctx context.Context) (map[string]int, error) {
	if err := s.usable(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, useTimeout)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	defer hangUp(conn)
	use := map[string]int{}
	for _, p := range store.Parts {
		rows, err := conn.Query(ctx, p.Use())
		if err != nil {
			return nil, s.failed(ctx, err)
		}
		keys, into, records := make([][]byte, len(p.Columns)), make([]any, len(p.Columns)+1), 0
		for i := range keys {
			into[i] = &keys[i]
		}
		into[len(keys)] = &records
		if _, err = pgx.ForEachRow(rows, into, func() error { store.AddUse(use, keys, records); return nil }); err != nil {
			return nil, s.failed(ctx, err)
		}
	}
	return use, nil
}
