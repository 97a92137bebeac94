// Package migrate brings the tables of a database up to date, for every store alike. It owns goose. A store brings its
// numbered SQL files (00001_records.sql, …), and locks other processes out meanwhile.
package migrate

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Dialect is the SQL that a database speaks.
type Dialect goose.Dialect

// The dialects.
const (
	SQLite   = Dialect(goose.DialectSQLite3)
	Postgres = Dialect(goose.DialectPostgres)
)

// Up applies the files of the folder migrations that db does not have yet, each in a transaction. Tables that are newer
// than the files are an error.
func Up(ctx context.Context, dialect Dialect, db *sql.DB, migrations fs.FS) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.Dialect(dialect), db, files, goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	current, known, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if current > known {
		return fmt.Errorf("expected at most version %d of its tables, found %d: a newer claviger has been used on it", known, current)
	}
	_, err = p.Up(ctx)
	return err
}
