package runtime_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// What a node keeps in memory is never behind what it has stored itself.
func TestMemoryIsNotBehind(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	token := func() string { return r.credentials(id).Credentials.Text("access_token") }
	first := token()
	if token() != first {
		t.Error("not the same token")
	}
	_, err := r.Refresh(t.Context(), admin, id)
	r.ok(err)
	second := token()
	r.ok(r.reconnect(id, runtime.Reconnect{}, nil))
	third := token()
	if second == first || third == second || third == first {
		t.Error("an old token after a renewal or a reconnection")
	}
	r.Provider.WithdrawConsent()
	_, err = r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeReconnectRequired)
	if token() != third { // it may still work: lifecycle.md 3
		t.Error("the token that lives is not handed out")
	}
	r.pass(hour)
	r.refused(id, runtime.CodeReconnectRequired)
	_, err = r.DeleteConnection(t.Context(), admin, id)
	r.ok(err)
	r.refused(id, runtime.CodeNotFound)
}

// Memory knows nobody's limits by heart: each reader is judged.
func TestMemoryJudgesEachReader(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.credentials(id)
	for _, c := range []struct {
		caller runtime.Caller
		code   runtime.Code
	}{
		{runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeUse}, Owners: []string{"other"}}, runtime.CodeNotFound},
		{runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeUse}, Integrations: []string{"other"}}, runtime.CodeNotFound},
		{runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeConnect}}, runtime.CodeForbidden},
		{runtime.Caller{}, runtime.CodeForbidden},
	} {
		_, err := r.Credentials(t.Context(), &c.caller, id, runtime.CredentialsQuery{})
		r.wantCode(err, c.code)
	}
	a, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{IncludeRefresh: true})
	r.ok(err)
	if a.Credentials.Text("refresh_token") == "" || r.credentials(id).Credentials.Has("refresh_token") {
		t.Error("the refresh token is shown to the wrong reader")
	}
}

// Readers beside renewals never see a token older than one that they have seen.
func TestReadersNeverGoBack(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	order := map[string]int{}
	var mu sync.Mutex
	note := func(token string, n int) {
		mu.Lock()
		defer mu.Unlock()
		order[token] = n
	}
	note(r.credentials(id).Credentials.Text("access_token"), 0)
	var stop atomic.Bool
	var readers sync.WaitGroup
	seen := make([][]string, 4)
	for i := range seen {
		readers.Go(func() {
			for !stop.Load() {
				a, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
				if err != nil {
					t.Error(err)
					return
				}
				seen[i] = append(seen[i], a.Credentials.Text("access_token"))
			}
		})
	}
	for n := 1; n <= 20; n++ {
		c, err := r.Refresh(t.Context(), admin, id)
		r.ok(err)
		note(c.Token.Access.Reveal(), n)
	}
	stop.Store(true)
	readers.Wait()
	for _, tokens := range seen {
		last := 0
		for _, token := range tokens {
			n, known := order[token]
			if !known || n < last {
				t.Fatalf("after token %d a reader got token %d", last, n)
			}
			last = n
		}
	}
}

// A deletion that the store refused leaves the connection in memory.
func TestMemoryAfterADeletionThatFailed(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	s := &undeletable{weakStore: r.Store}
	r.config.Store = s
	r.restart()
	r.credentials(id)
	_, err := r.DeleteConnection(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeStoreUnavailable)
	r.credentials(id)
	r.credentials(id)
	before := s.reads.Load()
	for range 10 {
		r.credentials(id)
	}
	if n := s.reads.Load() - before; n > 0 {
		t.Errorf("the store was read %d times", n)
	}
}

// undeletable is a store that deletes no connection, and counts how often one is read.
type undeletable struct {
	*weakStore
	reads atomic.Int32
}

func (s *undeletable) DeleteConnection(context.Context, string) error {
	return errors.New("the connection to the database is broken")
}

func (s *undeletable) Connection(ctx context.Context, id string) (*runtime.Connection, error) {
	s.reads.Add(1)
	return s.weakStore.Connection(ctx, id)
}
