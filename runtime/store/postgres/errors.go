package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrClosed is the answer of a closed store.
var ErrClosed = errors.New("the database is closed")

// code is PostgreSQL's error code (SQLSTATE), or "" for an error of another origin.
func code(err error) string {
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// violatesKey tells a violated key (unique, foreign), which is the answer of a compare-and-swap.
func violatesKey(err error) bool { return code(err) == "23505" || code(err) == "23503" }

// isBroken tells that a connection that had been made has ended.
func isBroken(err error) bool {
	return strings.HasPrefix(code(err), "57P") || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isTimeout(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || pgconn.Timeout(err)
}

// hints say what to do about an error, by its code.
var hints = map[string]string{
	"28000": "it refuses the user: check the URL, and the rules of its pg_hba.conf",
	"28P01": "it refuses the user or the password",
	"3D000": "there is no database of that name: make it with createdb",
	"42501": "the user lacks a right that the tables' owner has",
	"25006": "it only reads: name the primary server, not a standby",
	"53100": "its disk is full; nothing of this write was kept",
	"53300": "it has too many connections: raise its max_connections, or lower ours with ?pool_max_conns=",
	"57P01": "it is being stopped",
	"57P02": "it has crashed",
	"57P03": "it is starting or stopping",
	"CLV01": "this server seals with an old keyset",
	"22021": "a text holds a NUL character, which it cannot keep",
}

// explain says what to do about an error of the database, where that is known, in one line. Nothing that it wraps holds
// the password.
func explain(err error) error {
	c := (*pgconn.ConnectError)(nil)
	connecting := errors.As(err, &c)
	if connecting {
		err = c.Unwrap() // the other one holds the whole configuration
	}
	err = line{err}
	hint := hints[code(err)]
	switch {
	case hint != "":
	case isTimeout(err):
		hint = "it has not answered in time"
	case connecting && code(err) == "" && strings.HasSuffix(err.Error(), "server refused TLS connection"):
		hint = "it has no TLS: turn ssl on there, or on the same machine write ?sslmode=disable"
	case connecting && code(err) == "":
		hint = "it cannot be reached: check that it runs and that its address is right"
	case isBroken(err):
		hint = "the connection to it has ended, and whether a write was done is unknown"
	default:
		return err
	}
	return fmt.Errorf("%s (%w)", hint, err)
}

// line is an error whose text is one line, though several attempts to connect have one each.
type line struct{ error }

func (l line) Error() string {
	lines := strings.FieldsFunc(l.error.Error(), func(r rune) bool { return r == '\n' })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "; ")
}

func (l line) Unwrap() error { return l.error }
