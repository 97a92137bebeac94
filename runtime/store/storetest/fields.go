package storetest

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/secret"
)

// same compares what was read with what was stored.
func same[T any](s *suite, read, stored *T) {
	s.Helper()
	if !reflect.DeepEqual(read, stored) {
		s.Fatalf("read\n%+v\nstored\n%+v", *read, *stored)
	}
}

// everyField twice stores each kind of record with all fields set: made, and changed.
func everyField(s *suite) {
	ctx := s.Context()
	i := filled[runtime.Integration]()
	c := filledConnection()
	f := filled[runtime.Flow]()
	k := filled[runtime.APIKey]()
	n := filled[runtime.Session]()
	n.Key = k.ID
	n.ExpiresAt = time.Now().Add(time.Hour).UTC().Round(0)
	i.Version, c.Version, f.Version = 0, 0, 0
	c.Integration, f.Integration, f.Connection = i.Key, i.Key, c.ID
	f.ExpiresAt = time.Now().Add(time.Hour).UTC().Round(0)
	for range 2 {
		s.ok(s.store.PutIntegration(ctx, i))
		s.ok(s.store.PutConnection(ctx, c))
		s.ok(s.store.PutFlow(ctx, f))
	}
	s.ok(s.store.CreateKey(ctx, k))
	s.ok(s.store.CreateSession(ctx, n))
	readI, err := s.store.Integration(ctx, i.Key)
	s.ok(err)
	same(s, readI, i)
	readC, err := s.store.Connection(ctx, c.ID)
	s.ok(err)
	same(s, readC, c)
	for by, hash := range handles(f) {
		readF, err := s.store.Flow(ctx, by, hash)
		s.ok(err)
		same(s, readF, f)
	}
	readK, err := s.store.KeyByHash(ctx, k.Hash)
	s.ok(err)
	same(s, readK, k)
	readN, err := s.store.SessionByHash(ctx, n.Hash)
	s.ok(err)
	same(s, readN, n)
	listed, err := s.store.Connections(ctx, runtime.ConnectionFilter{})
	s.ok(err)
	same(s, listed[0], c)
}

func exactValues(s *suite) {
	deep := any("bottom")
	for range 490 { // value.MaxDepth, less what lies around it
		deep = []any{value.Of("down", deep)}
	}
	wide := value.NewObject(40)
	for i := range 40 {
		wide.Set(strings.Repeat("k", 40-i), value.Int(i))
	}
	o := value.Of(
		"z", json.Number("12345678901234567890123456789"), "a", json.Number("-9007199254740993"), "m", json.Number("0.1"),
		"exponent", json.Number("1e+21"), "10", "not first", "2", "nor sorted", "", "empty key", "empty", "",
		"text", "ä € 😀 <&> \u2028 \x00 \" \\ \x7f", "null", nil, "true", true, "false", false,
		"list", []any{}, "object", value.Of(), "deep", deep, "wide", wide)
	s.putIntegration("github")
	c := &runtime.Connection{ID: "c1", Integration: "github", Owner: "ä €", Label: `<b>"'`, Parameters: o, Token: &runtime.Token{
		Access: secret.New(" <&>\u2028\x00ü"), Refresh: secret.New(strings.Repeat("long", 100_000)), Credentials: o,
	}}
	c.CreatedAt = time.Date(1999, 12, 31, 23, 59, 59, 999999999, time.FixedZone("", 3600))
	s.ok(s.store.PutConnection(s.Context(), c))
	read, err := s.store.Connection(s.Context(), "c1")
	s.ok(err)
	if !read.CreatedAt.Equal(c.CreatedAt) {
		s.Fatal(read.CreatedAt)
	}
	read.CreatedAt = c.CreatedAt
	same(s, read, c)

	c.Token.Access = secret.New("no UTF-8: \xff")
	if err := s.store.PutConnection(s.Context(), c); err == nil || strings.Contains(err.Error(), "\xff") {
		s.Fatalf("a text that would not come back was stored: %v", err)
	}
}

func nilAndEmpty(s *suite) {
	ctx := s.Context()
	i := s.putIntegration("github")
	with := &runtime.Connection{
		ID: "with", Integration: "github", Scopes: []string{}, Granted: []string{}, Labels: map[string]string{}, Parameters: value.NewObject(0),
		Token:   &runtime.Token{Query: value.NewObject(0)},
		Renewal: runtime.Renewal{Answer: &runtime.Answer{}}, LastError: &runtime.Failure{},
	}
	s.ok(s.store.PutConnection(ctx, with))
	s.putConnection("without", "github")
	read, err := s.store.Connection(ctx, "with")
	s.ok(err)
	if read.Scopes == nil || read.Granted == nil || read.Labels == nil || read.Parameters == nil || read.Token == nil ||
		read.Token.Query == nil || read.Token.Credentials != nil || read.Renewal.Answer == nil || read.LastError == nil {
		s.Errorf("empty became nil: %+v", read)
	}
	read, err = s.store.Connection(ctx, "without")
	s.ok(err)
	if read.Scopes != nil || read.Granted != nil || read.Labels != nil || read.Parameters != nil || read.Token != nil ||
		read.Renewal.Answer != nil || read.LastError != nil || !read.CreatedAt.IsZero() || !read.Renewal.NotBefore.IsZero() {
		s.Errorf("nil became something: %+v", read)
	}
	readI, err := s.store.Integration(ctx, "github")
	s.ok(err)
	same(s, readI, i)
}

// ownRecords changes what was handed in and what was handed out: the stored record is neither.
func ownRecords(s *suite) {
	ctx := s.Context()
	s.putIntegration("github")
	c := &runtime.Connection{
		ID: "c1", Integration: "github", Labels: map[string]string{"a": "stored"}, Scopes: []string{"stored"},
		Parameters: value.Of("a", "stored"), LastError: &runtime.Failure{Message: "stored"},
	}
	spoil := func(c *runtime.Connection) {
		c.Labels["a"], c.Scopes[0], c.LastError.Message = "spoilt", "spoilt", "spoilt"
		c.Parameters.Set("a", "spoilt")
	}
	s.ok(s.store.PutConnection(ctx, c))
	spoil(c)
	for range 2 {
		read, err := s.store.Connection(ctx, "c1")
		s.ok(err)
		if read.Labels["a"] != "stored" || read.Scopes[0] != "stored" || read.Parameters.Text("a") != "stored" || read.LastError.Message != "stored" {
			s.Fatalf("%+v", read)
		}
		spoil(read)
	}
}
