package postgres_test

import (
	"net/url"
	"strings"
	"testing"

	"claviger/runtime/seal"
	"claviger/runtime/secret"
	"claviger/runtime/store/postgres"
	"claviger/runtime/store/postgres/pgtest"
)

func TestUnusableURLs(t *testing.T) {
	for _, text := range []string{
		"", "postgres", "mysql://u:hunter2hunter2@h/d", "postgres://u:hunter2hunter2%zz@h/d", "postgres://u:hunter2hunter2@h:port/d",
		"host=h password=hunter2hunter2", "postgres://u:hunter2/hunter2@h/d", "postgres://u:hunter2#hunter2@h/d", "postgres://u:p@h/d?sslmode=hunter2",
		"postgres://h/d?sslmode=verify-full&sslrootcert=/hunter2", "postgres://h/d?pool_max_conns=hunter2", "postgres://u:hunter2hunter2@h\x7f/d",
	} {
		err := postgres.CheckURL(secret.New(text))
		if err == nil || !strings.Contains(err.Error(), "expected postgres://USER:PASSWORD@HOST:PORT/NAME") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := postgres.Open(t.Context(), secret.New(text), seal.Generate()); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSeveralHosts(t *testing.T) {
	_, err := postgres.Open(t.Context(), secret.New("postgres://u:hunter2hunter2@127.0.0.1:1,127.0.0.1:2/d?target_session_attrs=read-write"), seal.Generate())
	if err == nil || !strings.Contains(err.Error(), "database postgres://u@127.0.0.1:1,127.0.0.1:2/d: it cannot be reached") || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	other := pgtest.Shared(t).Create(t)
	db.Exec(t, `CREATE ROLE weak_`+db.Name+` LOGIN PASSWORD 'weak-secret'`)
	db.Exec(t, `REVOKE CREATE ON SCHEMA public FROM public`)
	other.Exec(t, `SELECT 1`)
	with := func(change func(*url.URL)) secret.Text {
		u, err := url.Parse(db.URL.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		change(u)
		return secret.New(u.String())
	}
	for want, text := range map[string]secret.Text{
		"it refuses the user or the password":      with(func(u *url.URL) { u.User = url.UserPassword("claviger", pgtest.Password+"x") }),
		"there is no database of that name":        with(func(u *url.URL) { u.Path += "_missing" }),
		"may not make tables in the schema public": with(func(u *url.URL) { u.User = url.UserPassword("weak_"+db.Name, "weak-secret") }),
		"it has no TLS":                       with(func(u *url.URL) { u.RawQuery = "sslmode=require" }),
		"it cannot be reached":                with(func(u *url.URL) { u.Host = "127.0.0.1:1" }),
		"no schema of its search path exists": with(func(u *url.URL) { u.RawQuery = "search_path=missing" }),
		"expected a database whose encoding":  with(func(u *url.URL) { u.Path = "/latin_" + db.Name }),
	} {
		if strings.HasPrefix(want, "expected a database") {
			db.Exec(t, `CREATE DATABASE latin_`+db.Name+` ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
		}
		_, err := postgres.Open(t.Context(), text, seal.Generate())
		explained(t, err, db, want)
		if strings.Contains(err.Error(), "weak-secret") {
			t.Error(err)
		}
	}
}

func TestSocket(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	s, err := postgres.Open(t.Context(), db.SocketURL(), seal.Generate())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Two installations share a database, each in a schema of its own.
func TestSchemas(t *testing.T) {
	db := pgtest.Shared(t).Create(t)
	db.Exec(t, `CREATE SCHEMA one; CREATE SCHEMA two`)
	for _, schema := range []string{"one", "two"} {
		text := secret.New(db.URL.Reveal() + "?search_path=" + schema)
		if sealed, err := postgres.Sealed(t.Context(), text); err != nil || sealed {
			t.Fatal(sealed, err)
		}
		s, err := postgres.Open(t.Context(), text, seal.Generate())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if sealed, err := postgres.Sealed(t.Context(), text); err != nil || !sealed {
			t.Error(sealed, err)
		}
	}
}
