package storetest

import (
	"time"

	"claviger/runtime"
)

// session is one of the API key k1 that expires after d.
func (s *suite) session(id string, d time.Duration) *runtime.Session {
	now, err := s.store.Now(s.Context())
	s.ok(err)
	return &runtime.Session{
		ID: id, Hash: []byte("token " + id), Key: "k1", Owner: "acme", Origins: []string{"https://" + id + ".example", "https://app.example"},
		Role: runtime.RoleUser, ExpiresAt: now.Add(d),
	}
}

func sessions(s *suite) {
	ctx := s.Context()
	s.is(s.store.CreateSession(ctx, s.session("s1", time.Hour)), runtime.ErrConflict) // there is no such key
	s.ok(s.store.CreateKey(ctx, &runtime.APIKey{ID: "k1", Hash: []byte("hash"), CreatedAt: base}))
	first := s.session("s1", time.Hour)
	s.ok(s.store.CreateSession(ctx, first))
	s.is(s.store.CreateSession(ctx, s.session("s1", time.Hour)), runtime.ErrConflict)
	twin := s.session("s2", time.Hour)
	twin.Hash = first.Hash
	s.is(s.store.CreateSession(ctx, twin), runtime.ErrConflict)
	s.origin("https://s2.example", false) // nothing of a refused one is there
	ours := s.session("s3", time.Hour)
	ours.Key = ""
	s.ok(s.store.CreateSession(ctx, ours))

	read, err := s.store.SessionByHash(ctx, first.Hash)
	s.ok(err)
	same(s, read, first)
	read, err = s.store.Session(ctx, "s3")
	s.ok(err)
	same(s, read, ours)
	_, err = s.store.SessionByHash(ctx, []byte("token none"))
	s.is(err, runtime.ErrNotFound)
	for origin, want := range map[string]bool{
		"https://s1.example": true, "https://s3.example": true, "https://app.example": true, "https://app.example:443": false, "": false, "https://APP.example": false,
	} {
		s.origin(origin, want)
	}

	s.ok(s.store.DeleteSession(ctx, "s3"))
	s.is(s.store.DeleteSession(ctx, "s3"), runtime.ErrNotFound)
	_, err = s.store.Session(ctx, "s3")
	s.is(err, runtime.ErrNotFound)
	s.origin("https://s3.example", false)
	s.origin("https://app.example", true)

	s.ok(s.store.DeleteKey(ctx, "k1")) // takes its sessions along
	_, err = s.store.SessionByHash(ctx, first.Hash)
	s.is(err, runtime.ErrNotFound)
	s.origin("https://app.example", false)
}

func (s *suite) origin(origin string, want bool) {
	s.Helper()
	now, err := s.store.Now(s.Context())
	s.ok(err)
	has, err := s.store.HasOrigin(s.Context(), origin, now)
	s.ok(err)
	if has != want {
		s.Fatalf("origin %q: %v", origin, has)
	}
}

func expiredSessions(s *suite) {
	ctx := s.Context()
	s.ok(s.store.CreateKey(ctx, &runtime.APIKey{ID: "k1", Hash: []byte("hash"), CreatedAt: base}))
	s.ok(s.store.CreateSession(ctx, s.session("s1", -time.Second)))
	s.ok(s.store.CreateSession(ctx, s.session("s2", time.Hour)))
	_, err := s.store.Session(ctx, "s1")
	s.is(err, runtime.ErrNotFound)
	_, err = s.store.SessionByHash(ctx, []byte("token s1"))
	s.is(err, runtime.ErrNotFound)
	s.origin("https://s1.example", false)
	now, err := s.store.Now(ctx)
	s.ok(err)
	s.ok(s.store.DeleteExpiredSessions(ctx, now))
	s.is(s.store.DeleteSession(ctx, "s1"), runtime.ErrNotFound)
	s.origin("https://s2.example", true)
	s.ok(s.store.DeleteSession(ctx, "s2"))
}
