package storetest

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/seal"
	"claviger/runtime/secret"
)

func reopened(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	c := filledConnection()
	c.Integration, c.Version = "github", 0
	s.ok(s.store.PutConnection(ctx, c))
	s.ok(s.store.Close())
	s.store = s.open()
	read, err := s.store.Connection(ctx, c.ID)
	s.ok(err)
	same(s, read, c)
	s.ok(s.store.PutConnection(ctx, read))
}

func wrongKeyset(s *suite) {
	for range 2 { // with a record, and without one
		if wrong, err := s.Open(seal.Generate()); err == nil || !strings.Contains(err.Error(), "not the keyset of this database") || !strings.Contains(err.Error(), s.keys.Active()) {
			if err == nil {
				wrong.Close()
			}
			s.Fatalf("opened with a wrong keyset: %v", err)
		}
		s.open().Close()
		s.putIntegration(fmt.Sprint(time.Now().UnixNano()))
	}
}

// tampering moves sealed bytes to another record, A from B, or another field.
var tampering = []struct{ read, statement string }{
	{"connection", `UPDATE connections SET token = (SELECT token FROM connections WHERE id = 'B') WHERE id = 'A'`},
	{"connection", `UPDATE connections SET parameters = (SELECT parameters FROM connections WHERE id = 'B') WHERE id = 'A'`},
	{"connection", `UPDATE connections SET answer = (SELECT answer FROM connections WHERE id = 'B') WHERE id = 'A'`},
	{"connection", `UPDATE connections SET token = answer WHERE id = 'A'`},
	{"connection", `UPDATE connections SET answer = token WHERE id = 'A'`},
	{"connection", `UPDATE connections SET parameters = token WHERE id = 'A'`},
	{"connection", `UPDATE connections SET parameters = (SELECT parameters FROM integrations WHERE key = 'A') WHERE id = 'A'`},
	{"integration", `UPDATE integrations SET parameters = (SELECT parameters FROM integrations WHERE key = 'B') WHERE key = 'A'`},
	{"integration", `UPDATE integrations SET parameters = (SELECT parameters FROM connections WHERE id = 'A') WHERE key = 'A'`},
	{"flow", `UPDATE flows SET pinned = (SELECT pinned FROM flows WHERE id = 'B') WHERE id = 'A'`},
	{"flow", `UPDATE flows SET pinned = (SELECT token FROM connections WHERE id = 'A') WHERE id = 'A'`},
	{"flow", `UPDATE flows SET id = 'another' WHERE id = 'A'`},
	{"value", `UPDATE named_values SET value = (SELECT value FROM named_values WHERE connection = 'B') WHERE connection = 'A'`},
	{"value", `UPDATE named_values SET value = (SELECT parameters FROM connections WHERE id = 'A') WHERE connection = 'A'`},
}

func sealedBytesStay(s *suite) {
	for n, c := range tampering {
		a, b := fmt.Sprintf("a%d", n), fmt.Sprintf("b%d", n)
		s.sealedRecords(a)
		s.sealedRecords(b)
		s.ok(s.readSealed(c.read, a))
		s.ok(s.Exec(strings.NewReplacer("'A'", "'"+a+"'", "'B'", "'"+b+"'").Replace(c.statement)))
		if err := s.readSealed(c.read, a); err == nil || !strings.Contains(err.Error(), "sealed for another record or field") {
			s.Errorf("%s: %v", c.statement, err)
		}
		s.ok(s.readSealed(c.read, b))
	}
}

// sealedRecords stores an integration, a connection and a flow, all named id.
func (s *suite) sealedRecords(id string) {
	s.Helper()
	o := value.Of("id", id)
	s.ok(s.store.PutIntegration(s.Context(), &runtime.Integration{Key: id, Parameters: o}))
	s.ok(s.store.PutConnection(s.Context(), &runtime.Connection{
		ID: id, Integration: id, Parameters: o, Token: &runtime.Token{Query: o}, Renewal: runtime.Renewal{Answer: &runtime.Answer{Query: o}},
	}))
	f := s.flow(id, time.Hour)
	f.Connection = id
	s.ok(s.store.PutFlow(s.Context(), f))
	s.ok(s.store.PutValue(s.Context(), connectionValue(id, "v", `"`+id+`"`), 10))
}

func (s *suite) readSealed(kind, id string) (err error) {
	switch kind {
	case "integration":
		_, err = s.store.Integration(s.Context(), id)
	case "connection":
		_, err = s.store.Connection(s.Context(), id)
	case "flow":
		_, err = s.store.Flow(s.Context(), runtime.ByConnect, []byte("connect "+id))
	case "value":
		_, err = s.store.Value(s.Context(), runtime.ValueKey{Connection: id, Name: "v"})
	}
	return err
}

// noSecretWritten searches what the database has written for every secret that it was given, in every form that a
// redactor knows.
func noSecretWritten(s *suite) {
	ctx := s.Context()
	var secrets []string
	canary := func() string {
		secrets = append(secrets, fmt.Sprintf("canary %d/%s+&\"ü", len(secrets), rand.Text()))
		return secrets[len(secrets)-1]
	}
	object := func() *value.Object { return value.Of("a", canary(), "b", []any{value.Of(canary(), canary())}) }
	i := &runtime.Integration{Key: "github", Parameters: object()}
	s.ok(s.store.PutIntegration(ctx, i))
	c := &runtime.Connection{ID: "c1", Integration: "github", Parameters: object()}
	s.ok(s.store.PutConnection(ctx, c))
	f := s.flow("f1", time.Hour)
	f.Pinned = runtime.Pinned{
		ConnectorParameters: object(), ConnectionParameters: object(), Given: object(), Query: object(),
		Verifier: secret.New(canary()), State: secret.New(canary()), RedirectURI: canary(),
	}
	s.ok(s.store.PutFlow(ctx, f))
	s.ok(s.store.PutValue(ctx, connectionValue("c1", "v", canary()), 10))
	for range 3 {
		c.Token = &runtime.Token{Access: secret.New(canary()), Refresh: secret.New(canary()), Query: object(), Credentials: object()}
		c.Renewal.Answer = &runtime.Answer{Response: object(), Query: object()}
		s.ok(s.store.PutConnection(ctx, c))
	}
	s.ok(s.store.TakeFlow(ctx, f))
	redactor := secret.NewRedactor(secrets...)
	s.searched(redactor, false)
	s.ok(s.store.DeleteConnection(ctx, "c1"))
	s.ok(s.store.Close())
	s.searched(redactor, false)

	// And the search does find one that is there.
	s.store = s.open()
	s.ok(s.store.PutConnection(ctx, &runtime.Connection{ID: "c2", Integration: "github", Label: secrets[3]}))
	s.searched(redactor, true)
}

func (s *suite) searched(redactor *secret.Redactor, want bool) {
	s.Helper()
	written, err := s.Bytes()
	s.ok(err)
	found := strings.Contains(redactor.Redact(string(written)), secret.Redacted)
	if found != want || len(written) == 0 {
		s.Fatalf("secrets found in %d bytes: %t, want %t", len(written), found, want)
	}
}
