package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"claviger/runtime"
)

const (
	followEvery   = 200 * time.Millisecond
	followTimeout = 2 * time.Second // so long no read takes, unless the disk hangs
)

// keysNow changes with the API keys: their number, and which they are.
type keysNow struct {
	count, rows, created int64
}

// Follow tells of keys, which the keys command writes beside a server, and that the file can be read. All else is written by
// the one server on the file.
func (s *Store) Follow(ctx context.Context, told func(runtime.Change)) error {
	var last keysNow
	for first := true; ; first = false {
		began := time.Now()
		now, err := s.readKeysNow(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return errors.Join(runtime.ErrAway, err)
		}
		if now != last && !first {
			told(runtime.Change{Kind: runtime.KeyChanged})
		}
		last = now
		told(runtime.Change{Kind: runtime.Synced, Before: began})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Until(began.Add(followEvery))):
		}
	}
}

func (s *Store) readKeysNow(ctx context.Context) (k keysNow, err error) {
	ctx, cancel := context.WithTimeout(ctx, followTimeout)
	defer cancel()
	err = s.reads.row(ctx, `SELECT count(*), coalesce(sum(rowid), 0), coalesce(max(created_at), 0) FROM api_keys`).Scan(&k.count, &k.rows, &k.created)
	if err != nil {
		return k, fmt.Errorf("database %s: %w", s.path, explain(err))
	}
	return k, nil
}

// Versions reads them from the rows.
func (s *Store) Versions(ctx context.Context, ids []string) (map[string]int64, error) {
	names, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	type row struct {
		id      string
		version int64
	}
	all, err := list(ctx, s.reads, func(r scanner) (v row, err error) {
		err = r.Scan(&v.id, &v.version)
		return v, err
	}, `SELECT id, version FROM connections WHERE id IN (SELECT value FROM json_each(?))`, string(names))
	versions := make(map[string]int64, len(all))
	for _, v := range all {
		versions[v.id] = v.version
	}
	return versions, s.failed(err)
}
