package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/sqlite"
)

// defaultData is the data folder where --data does not say.
const defaultData = "./claviger-data"

// storage is where records and their keys are.
type storage struct {
	Data     string      `default:"${data}" help:"Folder of the embedded database, the keyset and the admin key." placeholder:"DIR"`
	Keyset   string      `help:"Encryption keys of stored records: a file, made at first start, env:NAME or exec:COMMAND. [<data>/keyset.json]" placeholder:"FILE"`
	Database databaseURL `help:"Where records are kept: postgres://USER:PASSWORD@HOST:PORT/NAME. [embedded, in <data>]" placeholder:"URL"`
}

// databaseURL is a URL that holds a password.
type databaseURL struct{ secret.Text }

// UnmarshalText takes any text: an error here would show it.
func (u *databaseURL) UnmarshalText(text []byte) error {
	*u = databaseURL{secret.New(string(text))}
	return nil
}

// Validate refuses what is no URL of a database.
func (s *storage) Validate() error {
	if err := seal.CheckName(s.Keyset); err != nil {
		return fmt.Errorf("--keyset: %w", err)
	}
	if s.embedded() {
		return nil
	}
	if err := postgres.CheckURL(s.Database.Text); err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	return nil
}

// embedded tells whether records are in the data folder.
func (s *storage) embedded() bool { return s.Database.IsEmpty() }

// open opens the store, making folder, keyset and tables at the first start, and the ring that it seals with.
func (s *storage) open(ctx context.Context) (runtime.Store, *seal.Ring, error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, nil, fmt.Errorf("the data folder must be writable: %w", err)
	}
	ring, err := seal.Open(s.keyset(), func() (bool, error) { return s.used(ctx) })
	if err != nil {
		return nil, nil, err
	}
	store, err := s.records(ctx, ring)
	if err != nil {
		return nil, nil, err
	}
	ring.Guard(func(ctx context.Context, candidate *seal.Ring) error { return store.AdmitKeys(ctx, candidate) })
	return store, ring, nil
}

// records opens the store alone.
func (s *storage) records(ctx context.Context, ring *seal.Ring) (runtime.Store, error) {
	if s.embedded() {
		return sqlite.Open(ctx, s.file(), ring)
	}
	return postgres.Open(ctx, s.Database.Text, ring)
}

// used tells whether the database holds records.
func (s *storage) used(ctx context.Context) (bool, error) {
	if s.embedded() {
		return sqlite.Sealed(ctx, s.file())
	}
	return postgres.Sealed(ctx, s.Database.Text)
}

func (s *storage) file() string { return filepath.Join(s.Data, "claviger.db") }

func (s *storage) keyset() string {
	if s.Keyset != "" {
		return s.Keyset
	}
	return filepath.Join(s.Data, "keyset.json")
}

// with runs f on the opened store.
func (s *storage) with(ctx context.Context, f func(runtime.Store) error) error {
	store, _, err := s.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(store), store.Close())
}

// existing is with for what makes no sense on a database that is made for it.
func (s *storage) existing(ctx context.Context, f func(runtime.Store) error) error {
	if err := s.exists(ctx); err != nil {
		return err
	}
	return s.with(ctx, f)
}

// exists is an error where there is no database yet.
func (s *storage) exists(ctx context.Context) error {
	if s.embedded() {
		if _, err := os.Stat(s.file()); err != nil {
			return fmt.Errorf("there is no database in the folder %s; --data names another", s.Data)
		}
		return nil
	}
	used, err := s.used(ctx)
	if err == nil && !used {
		err = errors.New("no claviger has used this database; --database names another")
	}
	return err
}
