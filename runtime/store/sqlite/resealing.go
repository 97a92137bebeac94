package sqlite

import (
	"context"
	"time"

	"claviger/runtime"
	"claviger/runtime/store"
)

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
	return s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`UPDATE resealing SET key = '', part = 0, after = '', done = false, records = 0, failed = 0, unopened = '[]' WHERE id = 1`)
	}, runtime.ErrConflict)
}

// resealing is the store as a store.ResealDB.
type resealing struct{ s *Store }

func (r resealing) Progress(ctx context.Context) (p store.Progress, err error) {
	err = p.Read(r.s.reads.row(ctx, `SELECT `+store.ProgressColumns+`, lease_owner FROM resealing WHERE id = 1`).Scan)
	return p, err
}

func (r resealing) LeaseProgress(ctx context.Context, owner string, life time.Duration) error {
	now, node := r.s.now(), store.NodeOf(owner)
	return r.s.write(ctx, func(t *tx) (int64, error) {
		return t.exec(`UPDATE resealing SET lease_owner = ?, lease_until = ? WHERE id = 1 AND (substr(lease_owner, 1, length(?)) = ? OR lease_until <= ?)`,
			owner, store.Micros(now.Add(life)), node, node, store.Micros(now))
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

func (r resealing) Resealed(ctx context.Context, owner string, life time.Duration, p store.Part, rows []store.SealedRow, next func(int) store.Progress) error {
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
		return t.exec(`UPDATE resealing SET (`+store.ProgressColumns+`) = (?1, ?2, ?3, ?4, ?5, ?6, ?7),
			lease_until = iif(?4, 0, ?9) WHERE id = 1 AND lease_owner = ?8`, append(values, owner, store.Micros(r.s.now().Add(life)))...)
	}, runtime.ErrConflict)
}
