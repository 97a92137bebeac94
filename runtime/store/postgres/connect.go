package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"claviger/runtime/secret"
)

// maxConns is how many connections a store opens at most, unless the URL says so: enough that writes wait for the disk
// together.
const maxConns = 16

var errNoURL = errors.New("expected postgres://USER:PASSWORD@HOST:PORT/NAME as the URL of the database, with special characters of its parts percent-encoded")

// CheckURL tells whether a text can be the URL of a database. The error does not show it.
func CheckURL(text secret.Text) error {
	_, err := readURL(text)
	return err
}

// readURL reads the URL of a database. Its errors tell nothing that stands in it: a password with a stray character makes
// the parser see something else there.
func readURL(text secret.Text) (*pgxpool.Config, error) {
	u, err := url.Parse(text.Reveal())
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errNoURL
	}
	config, err := pgxpool.ParseConfig(text.Reveal())
	if err != nil {
		return nil, fmt.Errorf("%w; a parameter of it, or a file or variable that it refers to, cannot be used", errNoURL)
	}
	q := u.Query()
	if !q.Has("pool_max_conns") {
		config.MaxConns = maxConns
	}
	if !q.Has("connect_timeout") {
		config.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "claviger"
	}
	config.AfterConnect = settle
	return config, nil
}

// nameOf is how people are told of a database.
func nameOf(config *pgxpool.Config) string {
	c := config.ConnConfig
	u := url.URL{Scheme: "postgres", User: url.User(c.User), Path: "/" + c.Database}
	if strings.HasPrefix(c.Host, "/") {
		u.RawQuery = "host=" + c.Host
		return u.String()
	}
	hosts := []string{net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))}
	for _, f := range c.Fallbacks { // other hosts, and the same without TLS
		if host := net.JoinHostPort(f.Host, strconv.Itoa(int(f.Port))); !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	u.Host = strings.Join(hosts, ",")
	return u.String()
}

// settle is what every connection begins with. A write is on the disk when it returns, whatever the user's defaults are.
// And the server notices within half a minute when this machine has gone without a word, and with it what it had locked.
func settle(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT
		set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
		set_config('tcp_keepalives_idle', '10', false),
		set_config('tcp_keepalives_interval', '5', false),
		set_config('tcp_keepalives_count', '3', false)`, pgx.QueryExecModeSimpleProtocol)
	return err
}

// connectable makes a first connection and looks at what is there. What would keep the tables from being made is said
// here: goose tries several times.
func (s *Store) connectable(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var encoding string
	var schema *string
	var made, mayMake bool
	err := s.pool.QueryRow(ctx, `SELECT current_setting('server_encoding'), current_schema(), to_regclass('sealing_keys') IS NOT NULL,
		coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)`).Scan(&encoding, &schema, &made, &mayMake)
	switch {
	case err != nil:
		return err
	case encoding != "UTF8":
		return fmt.Errorf("expected a database whose encoding is UTF8, found %s: make it with createdb --encoding UTF8 --template template0", encoding)
	case schema == nil:
		return errors.New("no schema of its search path exists: make one with CREATE SCHEMA, or name another with ?search_path=")
	case !made && !mayMake:
		return fmt.Errorf("the user %s may not make tables in the schema %s: make it the owner of the database, or name a schema of its own with ?search_path=", s.config.ConnConfig.User, *schema)
	}
	s.channel = channelOf(*schema)
	return nil
}

// connect opens a connection that is not of the pool.
func (s *Store) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, s.config.ConnConfig.Copy())
	if err != nil {
		return nil, err
	}
	if err := settle(ctx, conn); err != nil {
		return nil, errors.Join(err, hangUp(conn))
	}
	return conn, nil
}

// hangUp closes a connection, and with it ends what its session had locked.
func hangUp(conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := conn.Close(ctx)
	if pgconn.Timeout(err) {
		return nil // the socket is closed all the same
	}
	return err
}
