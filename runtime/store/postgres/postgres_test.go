package postgres_test

import (
	"os"
	"testing"

	"claviger/runtime"
	"claviger/runtime/store"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
	"claviger/runtime/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Database {
		db := pgtest.Shared(t).Create(t)
		return storetest.Database{
			Open:  func(keys store.Keyring) (runtime.Store, error) { return postgres.Open(t.Context(), db.URL, keys) },
			Exec:  func(statement string) error { db.Exec(t, statement); return nil },
			Bytes: func() ([]byte, error) { return db.Written(t), nil },

			Shared: true,
		}
	})
}
