package sqlite

import (
	"database/sql"
	"fmt"
	"net/url"
	"time"

	driver "modernc.org/sqlite"
)

// busyTimeout is how long a transaction waits for one of another process.
const busyTimeout = 10 * time.Second

// The settings of a connection, as the driver takes them. A write is on the disk when COMMIT returns.
var (
	writing = url.Values{"_txlock": {"immediate"}, "_pragma": {
		"journal_mode(wal)", "synchronous(full)", "fullfsync(1)", "foreign_keys(1)",
		"secure_delete(fast)",          // what is deleted is overwritten where that costs no further page
		"cache_size(-16000)",           // KiB: holds the inner pages of a million rows
		"wal_autocheckpoint(4000)",     // pages
		"journal_size_limit(67108864)", // bytes that the WAL keeps after it has been longer
	}}
	reading = url.Values{"_query_only": {"1"}, "_pragma": {"cache_size(-16000)"}}
	looking = url.Values{"_query_only": {"1"}, "mode": {"ro"}}
)

// connect opens a pool of connections.
func connect(path string, settings url.Values, size int) (*sql.DB, error) {
	busy := fmt.Sprintf("&_busy_timeout=%d", busyTimeout.Milliseconds())
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: settings.Encode() + busy}
	connector, err := driver.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}
