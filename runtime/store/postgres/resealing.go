package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"claviger/runtime"
	"claviger/runtime/store"
)

// Reseal seals the next records anew.
func (s *Store) Reseal(ctx context.Context, owner string, life time.Duration, limit int) (runtime.Resealing, error) {
	return s.codec.Reseal(ctx, resealing{s}, owner, life, limit)
}

// Resealing is how far that is.
func (s *Store) Resealing(ctx context.Context) (runtime.Resealing, error) {
	p, err := resealing{s}.Progress(ctx)
	return p.Resealing, err
}

// ResealAgain begins anew.
func (s *Store) ResealAgain(ctx context.Context) error {
	return s.write(ctx, runtime.ErrConflict, `UPDATE resealing SET key = '', part = 0, after = '', done = false, records = 0, failed = 0, unopened = '[]' WHERE id = 1`)
}

// resealing is the store as a store.ResealDB.
type resealing struct{ s *Store }

func (r resealing) Progress(ctx context.Context) (store.Progress, error) {
	return one(ctx, r.s, func(row scanner) (p store.Progress, err error) { err = p.Read(row.Scan); return p, err },
		`SELECT `+store.ProgressColumns+`, lease_owner FROM resealing WHERE id = 1`)
}

func (r resealing) LeaseProgress(ctx context.Context, owner string, life time.Duration) error {
	return r.s.write(ctx, runtime.ErrConflict, `UPDATE resealing SET lease_owner = $1, lease_until = `+micros+` + $2
		WHERE id = 1 AND (starts_with(lease_owner, $3) OR lease_until <= `+micros+`)`, owner, life.Microseconds(), store.NodeOf(owner))
}

func (r resealing) SealedEnd(ctx context.Context, p store.Part, after string, count int) (string, error) {
	id, err := one(ctx, r.s, func(row scanner) (id string, err error) { err = row.Scan(&id); return id, err }, p.End(), after, count)
	if errors.Is(err, runtime.ErrNotFound) {
		return "", nil
	}
	return id, err
}

func (r resealing) SealedRows(ctx context.Context, p store.Part, after, end string, key []byte, limit int) ([]store.SealedRow, error) {
	return list(ctx, r.s, func(row scanner) (sealed store.SealedRow, err error) {
		err = row.Scan(sealed.Into(p)...)
		return sealed, err
	}, p.Foreign(), after, end, key, limit)
}

func (r resealing) Resealed(ctx context.Context, owner string, life time.Duration, p store.Part, rows []store.SealedRow, next func(int) store.Progress) error {
	return r.s.transaction(ctx, func(ctx context.Context, t pgx.Tx) error {
		replaced, err := replace(ctx, t, p, rows)
		if err != nil {
			return err
		}
		values, err := next(replaced).Values()
		if err != nil {
			return err
		}
		tag, err := t.Exec(ctx, `UPDATE resealing SET (`+store.ProgressColumns+`) = ($1, $2, $3, $4, $5, $6, $7),
			lease_until = CASE WHEN $4 THEN 0 ELSE `+micros+` + $9 END WHERE id = 1 AND lease_owner = $8`, append(values, owner, life.Microseconds())...)
		if err == nil && tag.RowsAffected() == 0 {
			return runtime.ErrConflict
		}
		return err
	})
}

// replace sends all updates before it waits for the first. The transaction is not waited for on its way to the disk: a crash
// takes the progress back with the records, and what drops a key is written behind it, and waited for.
func replace(ctx context.Context, t pgx.Tx, p store.Part, rows []store.SealedRow) (replaced int, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`SET LOCAL synchronous_commit = off`)
	for _, row := range rows {
		args := []any{row.ID, row.Version}
		for _, field := range row.Fields {
			args = append(args, field)
		}
		batch.Queue(p.Update(), args...)
	}
	results := t.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return 0, errors.Join(err, results.Close())
	}
	for range rows {
		tag, err := results.Exec()
		if err != nil {
			return 0, errors.Join(err, results.Close())
		}
		replaced += int(tag.RowsAffected())
	}
	return replaced, results.Close()
}
