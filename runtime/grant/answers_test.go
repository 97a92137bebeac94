package grant_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// reading is what a file NAME.expect.json beside an answer NAME.http says about it. What is left out is not looked at,
// apart from the failure: without one the answer must be a token answer.
type reading struct {
	Config *value.Object // of getOAuthConfig, over the usual client
	Answer *struct {
		Access, Refresh string
		Scope           []string
		ExpiresIn       float64   // seconds after the answer; 0: unless ExpiresAt is there, the expiry is not known
		ExpiresAt       time.Time //
	}
	Failure *struct {
		Class                           grant.Class
		Code, Description, URI, Excerpt *string
		Message                         string // a part of it
		Status                          int
		RetryAfter                      float64 // seconds
	}
	Hidden []string // may stand nowhere in the failure
}

// TestOddAnswers sends each answer of testdata/tokens, byte for byte, over a real connection. A new case needs two files
// and no Go.
func TestOddAnswers(t *testing.T) {
	files, err := filepath.Glob("../../testdata/tokens/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no answers found: %v", err)
	}
	send := sender(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".http")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(strings.TrimSuffix(file, ".http") + ".expect.json")
			if err != nil {
				t.Fatal(err)
			}
			var want reading
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			p := serve(t, rawAnswer(raw))
			pairs := []any{"tokenUri", p.URL}
			for k, v := range want.Config.All() {
				pairs = append(pairs, k, v)
			}
			c := config(t, pairs...)
			answer, err := c.ClientCredentials(t.Context(), send, nil)
			p.only(t)
			if want.Failure == nil {
				want.answered(t, c, answer, err)
				return
			}
			want.failed(t, err)
		})
	}
}

// rawAnswer writes bytes to the connection and ends it.
func rawAnswer(raw []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write(raw)
		_ = conn.Close()
	}
}

func (want *reading) answered(t *testing.T, c *grant.Config, a *grant.Answer, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	w := want.Answer
	if a.Access.Reveal() != w.Access || a.Refresh.Reveal() != w.Refresh || !slices.Equal(a.Scope, w.Scope) || (a.Scope == nil) != (w.Scope == nil) {
		t.Errorf("access %q, refresh %q, scope %q", a.Access.Reveal(), a.Refresh.Reveal(), a.Scope)
	}
	expected := w.ExpiresAt
	if w.ExpiresIn != 0 {
		expected = a.ReceivedAt.Add(time.Duration(w.ExpiresIn * float64(time.Second)))
	}
	if at := grant.Expiry(a.Response, a.ReceivedAt, c.DefaultExpiresIn); !at.Equal(expected) {
		t.Errorf("expires at %s, expected %s", at, expected)
	}
}

func (want *reading) failed(t *testing.T, err error) {
	t.Helper()
	w := want.Failure
	f := failure(t, err, w.Class)
	for _, pair := range []struct {
		name string
		got  string
		want *string
	}{{"code", f.Code, w.Code}, {"description", f.Description, w.Description}, {"URI", f.URI, w.URI}, {"excerpt", f.Excerpt, w.Excerpt}} {
		if pair.want != nil && pair.got != *pair.want {
			t.Errorf("%s %q, expected %q", pair.name, pair.got, *pair.want)
		}
	}
	if !strings.Contains(f.Message, w.Message) || w.Status != 0 && f.Status != w.Status || !f.Sent {
		t.Errorf("message %q, status %d, sent %v", f.Message, f.Status, f.Sent)
	}
	if wait := time.Duration(w.RetryAfter * float64(time.Second)); f.RetryAfter != wait {
		t.Errorf("retry after %s, expected %s", f.RetryAfter, wait)
	}
	text := f.Error() + f.Excerpt + f.Description + f.URI + f.Code
	for e := error(f); e != nil; e = errors.Unwrap(e) {
		text += e.Error()
	}
	for _, s := range want.Hidden {
		if strings.Contains(text, s) {
			t.Errorf("%q stands in %s", s, text)
		}
	}
	if len([]rune(f.Excerpt)) > 301 {
		t.Errorf("the excerpt has %d characters", len([]rune(f.Excerpt)))
	}
}
