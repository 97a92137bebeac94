package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/sqlite"
)

// defaultData is the data folder where --data does not say.
const defaultData = "./claviger-data"

// storage is where records and their keys are.
type storage struct {
	Data     string `default:"${data}" help:"Folder of the embedded database, the keyset and the admin key." placeholder:"DIR"`
	Keyset   string `help:"Encryption keys of stored records, made at first start. [<data>/keyset.json]" placeholder:"FILE"`
	Database string `help:"Where records are kept; this version has the embedded database only." placeholder:"URL"`
}

// Validate refuses what this version would have to ignore.
func (s *storage) Validate() error {
	if s.Database != "" {
		return errors.New("not_supported: --database is not supported by this version; leave it out for the embedded database")
	}
	return nil
}

// open opens the store, making folder, keyset and database at the first start.
func (s *storage) open(ctx context.Context) (*sqlite.Store, error) {
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder must be writable: %w", err)
	}
	path := s.file()
	ring, err := seal.Open(s.keyset(), func() (bool, error) { return sqlite.Sealed(ctx, path) })
	if err != nil {
		return nil, err
	}
	return sqlite.Open(ctx, path, ring)
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
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(f(store), store.Close())
}

// existing is with for what makes no sense on a database that is made for it.
func (s *storage) existing(ctx context.Context, f func(runtime.Store) error) error {
	if _, err := os.Stat(s.file()); err != nil {
		return fmt.Errorf("there is no database in the folder %s; --data names another", s.Data)
	}
	return s.with(ctx, f)
}
