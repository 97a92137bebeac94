package bench

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
	"claviger/runtime/store/sqlite"
)

// database is one empty database of a kind. Each open makes a store on it of its own, as a further server would have.
type database struct {
	open    func(b *testing.B) runtime.Store
	another func(b *testing.B) *database // an empty one beside it
	settle  func(b *testing.B)           // has it do at once what it does some time after many records have come
	local   bool                         // on this machine's own disk, for one server
}

// onEach runs a benchmark on every kind of database; durable: as a server in earnest would have it, not as quick to fill.
func onEach(b *testing.B, durable bool, run func(b *testing.B, d *database)) {
	b.Run("sqlite", func(b *testing.B) { run(b, onSQLite(b)) })
	b.Run("postgres", func(b *testing.B) { run(b, onPostgres(b, durable)) })
}

func onSQLite(b *testing.B) *database {
	path, keys := filepath.Join(b.TempDir(), "claviger.db"), seal.Generate()
	return &database{local: true, another: onSQLite, settle: func(*testing.B) {}, open: func(b *testing.B) runtime.Store {
		s, err := sqlite.Open(context.Background(), path, keys)
		return opened(b, s, err)
	}}
}

// onPostgres is a server of the benchmark's own, reached by its unix socket.
func onPostgres(b *testing.B, durable bool) *database {
	arguments := []string{"-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB"}
	if !durable {
		arguments = append(arguments, "-c", "fsync=off")
	}
	return on(b, pgtest.Own(b, arguments...))
}

func on(b *testing.B, server *pgtest.Server) *database {
	db, keys := server.Create(b), seal.Generate()
	return &database{
		another: func(b *testing.B) *database { return on(b, server) },
		settle: func(b *testing.B) {
			db.Exec(b, `VACUUM ANALYZE connections`)
			db.Exec(b, `CHECKPOINT`) // or a read would write the page whose place it takes
		},
		open: func(b *testing.B) runtime.Store {
			s, err := postgres.Open(context.Background(), db.SocketURL(), keys)
			return opened(b, s, err)
		},
	}
}

func opened(b *testing.B, s runtime.Store, err error) runtime.Store {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// size is the number in an environment variable, or one with which a benchmark ends soon.
func size(b *testing.B, variable string, soon int) int {
	text, given := os.LookupEnv(variable)
	if !given {
		return soon
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("expected a number in %s, found %q", variable, text)
	}
	return n
}
