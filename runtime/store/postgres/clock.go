package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"claviger/runtime/store"
)

// clockInterval is how long the machine's monotonic clock is relied on before the database's is read again.
const clockInterval = time.Minute

// clock is the database's clock as it was last read, plus the time that has passed since on this machine's monotonic
// clock: neither setting this machine's wall clock nor an outage of the database changes it.
type clock struct{ last atomic.Pointer[reading] }

// reading is one look at the database's clock.
type reading struct {
	database time.Time // at the moment process
	process  time.Time // carries a monotonic reading
}

func (r reading) at(process time.Time) time.Time { return r.database.Add(process.Sub(r.process)) }

// now is in UTC and without a monotonic reading: it is compared with stored times.
func (c *clock) now() time.Time { return c.last.Load().at(time.Now()) }

// set takes a new reading, which is uncertain by half of the time that it took; where it agrees with the last one as
// closely as that, the last one stays, so that the clock does not jump to and fro.
func (c *clock) set(r reading, took time.Duration) {
	if last := c.last.Load(); last == nil || r.database.Sub(last.at(r.process)).Abs() > took/2 {
		c.last.Store(&r)
	}
}

// readClock asks the database, and takes its answer to be of the middle of the time that it took.
func (s *Store) readClock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := s.pool.Acquire(ctx) // before the time is taken
	if err != nil {
		return err
	}
	defer conn.Release()
	var at time.Time
	sent := time.Now()
	if err := conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&at); err != nil {
		return err
	}
	took := time.Since(sent)
	s.clock.set(reading{database: at.UTC(), process: sent.Add(took / 2)}, took)
	return nil
}

// watchClock reads the clock now and then. While the database is away, the last reading goes on.
func (s *Store) watchClock() {
	for {
		select {
		case <-s.ending.Done():
			return
		case <-time.After(clockInterval):
			_ = s.readClock(s.ending)
		}
	}
}

// Now is the database's clock, as precise as the way to it.
func (s *Store) Now(context.Context) (time.Time, error) { return s.clock.now(), nil }

// micros is the present as the expiry of flows is kept.
func (s *Store) micros() int64 { return store.Micros(s.clock.now()) }
