package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// clock is the database's clock, read once, plus the time that has passed since on the machine's monotonic clock: setting
// the wall clock changes nothing until the store is opened again.
type clock struct {
	database time.Time // at the moment process
	process  time.Time // carries a monotonic reading
}

// now is in UTC and without a monotonic reading of its own: it is compared with stored times.
func (c clock) now() time.Time { return c.database.Add(time.Since(c.process)) }

// readClock asks SQLite, whose clock is precise to the millisecond.
func readClock(ctx context.Context, db *sql.DB) (clock, error) {
	var text string
	process := time.Now()
	if err := db.QueryRowContext(ctx, `SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`).Scan(&text); err != nil {
		return clock{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return clock{}, fmt.Errorf("read the database's clock: %w", err)
	}
	return clock{database: at, process: process}, nil
}
