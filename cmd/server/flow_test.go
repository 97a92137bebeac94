package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"claviger/runtime/fakeprovider/strict"
)

// flows are the ways of getting a token that a real authorization server is tried with: every client authentication with
// mappings only, and all three hooks in both kinds of modules.
var flows = []struct {
	folder, client, secret string
	more                   func(base string) map[string]any // further parameters
}{
	{"oauth-headers", strict.BasicClient, strict.Secret, nil},
	{"oauth-body", strict.PostClient, strict.Secret, nil},
	{"oauth-both", strict.BothClient, strict.Secret, nil},
	{"oauth-none", strict.Public, "", nil},
	{"oauth-hooks", strict.PostClient, strict.Secret, func(base string) map[string]any {
		return map[string]any{"tokenUri": base + "/token", "profileUri": base + "/api/me"}
	}},
	{"oauth-modules", strict.BasicClient, strict.Secret, nil},
}

// A full flow against a real authorization server, through the real main: link, consent, token, several expiries under
// many readers with one renewal each, a restart and a kill.
func TestFlowAgainstFosite(t *testing.T) {
	for _, flow := range flows {
		t.Run(flow.folder, func(t *testing.T) {
			t.Parallel()
			authority, err := strict.New(strict.Options{Lifetime: 2 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			base := authority.Start(t)
			s := startServer(t, "--connectors", folder(t, flow.folder), "--egress-allow", "127.0.0.1")
			authority.AllowRedirect(s.URL + "/oauth/callback/app")
			parameters := map[string]any{"baseUrl": base, "clientId": flow.client}
			if flow.secret != "" {
				parameters["clientSecret"] = flow.secret
			}
			if flow.more != nil {
				for name, v := range flow.more(base) {
					parameters[name] = v
				}
			}
			s.Want(http.StatusOK, http.MethodPut, "/v1/integrations/app", map[string]any{"connector": flow.folder, "parameters": parameters})
			id := s.connectWith(newBrowser(t), map[string]any{"integration": "app", "owner": "tenant-1"})
			if first := s.token(id); !authority.Active(first) {
				t.Fatal("the token is not one of the authorization server's")
			}
			if got := authority.TokenCalls("authorization_code"); got != 1 {
				t.Fatalf("the code was redeemed %d times", got)
			}

			tokens := s.readersOver(id, 50, 5*time.Second)
			unseen := authority.TokenCalls("refresh_token") - (len(tokens) - 1) // the last reader may have gone too early
			if unseen != 0 && unseen != 1 || len(tokens) < 3 {
				t.Errorf("%d renewals for %d tokens", authority.TokenCalls("refresh_token"), len(tokens))
			}

			before := authority.TokenCalls("")
			s.Stop()
			s.Start()
			s.Want(http.StatusOK, http.MethodPost, "/v1/connections/"+id+"/refresh", nil) // what is under way when it is killed is another test
			s.Kill()
			s.Start()
			eventually(t, 5*time.Second, "a token that works after a kill", func() bool { // a renewal ends the one before
				return authority.Active(s.token(id))
			})
			if calls := authority.TokenCalls("") - before; calls > 2 {
				t.Errorf("%d token requests over two starts", calls)
			}
			s.wantStatus(id, "connected")
		})
	}
}

// connectWith makes a connection by a browser that follows the link to its end.
func (s *testServer) connectWith(b *browser, body map[string]any) string {
	s.t.Helper()
	id, link := s.Connect(body)
	if a, at := b.Follow(link); a.Status != http.StatusOK {
		s.t.Fatalf("the flow ended at %s with %d: %s", at, a.Status, a.Body)
	}
	s.wantStatus(id, "connected")
	return id
}

func (s *testServer) wantStatus(id, status string) map[string]any {
	s.t.Helper()
	c := s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id, nil)
	if c["status"] != status {
		s.t.Fatalf("the connection is %s, expected %s: %v", c["status"], status, c["lastError"])
	}
	return c
}

// token reads the access token of a connection.
func (s *testServer) token(id string) string {
	s.t.Helper()
	token, err := tokenIn(s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil))
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func tokenIn(a answer) (string, error) {
	var c struct {
		Credentials struct {
			AccessToken string `json:"access_token"`
		}
	}
	if err := json.Unmarshal([]byte(a.Body), &c); err != nil || a.Status != http.StatusOK || c.Credentials.AccessToken == "" {
		return "", fmt.Errorf("no token: %d %s", a.Status, a.Body)
	}
	return c.Credentials.AccessToken, nil
}

// readersOver lets n readers read a connection's credentials for a while. No read may fail. It returns the tokens.
func (s *testServer) readersOver(id string, n int, d time.Duration) map[string]bool {
	s.t.Helper()
	var mu sync.Mutex
	tokens := map[string]bool{}
	end := time.Now().Add(d)
	err := parallel(n, func(int) error {
		for time.Now().Before(end) {
			token, err := tokenIn(s.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil))
			if err != nil {
				return err
			}
			mu.Lock()
			tokens[token] = true
			mu.Unlock()
			time.Sleep(100 * time.Millisecond)
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(errors.Join(err, fmt.Errorf("%s", s.Log())))
	}
	return tokens
}
