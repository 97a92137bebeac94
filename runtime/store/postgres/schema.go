package postgres

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"claviger/runtime/secret"
	"claviger/runtime/store"
	"claviger/runtime/store/migrate"
)

//go:embed migrations/*.sql
var migrations embed.FS

// upgrading is the first number of the lock of a session (advisory lock) that upgrades; the second is one of the schema that
// the tables are in. 0x636c6102 was the lock of the one server that versions before this allowed.
const upgrading int32 = 0x636c6101

// upgradeTimeout bounds the wait for another process that is bringing the tables up to date.
const upgradeTimeout = time.Minute

// upgrade brings the tables up to date and compares the keyset, while other processes wait.
func (s *Store) upgrade(ctx context.Context, keys store.Keyring) error {
	ctx, cancel := context.WithTimeout(ctx, upgradeTimeout)
	defer cancel()
	locked, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer hangUp(locked) // ends the lock
	if _, err := locked.Exec(ctx, `SELECT pg_advisory_lock($1, hashtext(coalesce(current_schema(), '')))`, upgrading); err != nil {
		return fmt.Errorf("waiting for another process that is making its tables: %w", err)
	}
	db := stdlib.OpenDBFromPool(s.pool)
	defer db.Close()
	if err := migrate.Up(ctx, migrate.Postgres, db, migrations); err != nil {
		return err
	}
	return s.admit(ctx, keys)
}

// Sealed tells whether the database at the URL holds something that was sealed, so that its keyset must not be made anew.
// It changes nothing.
func Sealed(ctx context.Context, url secret.Text) (bool, error) {
	config, err := readURL(url)
	if err != nil {
		return false, err
	}
	s := &Store{name: nameOf(config), config: config}
	sealed, err := s.sealed(ctx)
	return sealed, s.failed(ctx, err)
}

func (s *Store) sealed(ctx context.Context) (sealed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return false, err
	}
	defer hangUp(conn)
	err = conn.QueryRow(ctx, `SELECT to_regclass('sealing_keys') IS NOT NULL`).Scan(&sealed)
	if err == nil && sealed {
		err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM sealing_keys)`).Scan(&sealed)
	}
	return sealed, err
}
