package grant_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// BenchmarkRefresh compares a refresh through this package with one by bare x/oauth2, over the same client to the same
// endpoint, in turns; x/bare is the median of the ratios of ten rounds.
func BenchmarkRefresh(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, tokenAnswer)
	}))
	defer server.Close()
	client := server.Client()
	bare := func() error {
		c := oauth2.Config{ClientID: "client-1", ClientSecret: "client-secret-1", Endpoint: oauth2.Endpoint{TokenURL: server.URL, AuthStyle: oauth2.AuthStyleInParams}}
		ctx := context.WithValue(context.Background(), oauth2.HTTPClient, client)
		_, err := c.TokenSource(ctx, &oauth2.Token{RefreshToken: "rt-1"}).Token()
		return err
	}
	c := config(b, "tokenUri", server.URL, "clientAuthLocation", "body")
	ours := func() error {
		_, err := c.Refresh(context.Background(), overClient(client), secret.New("rt-1"))
		return err
	}
	b.ReportAllocs()
	var ratios []float64
	for b.Loop() {
		ratios = append(ratios, seconds(b, ours)/seconds(b, bare))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x/bare")
}

func seconds(b *testing.B, f func() error) float64 {
	began := time.Now()
	for range 200 {
		if err := f(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began).Seconds()
}

// overClient is a Sender without the guard, which has a benchmark of its own.
func overClient(client *http.Client) func(*http.Request) (*egress.Answer, error) {
	return func(r *http.Request) (*egress.Answer, error) {
		response, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
		return &egress.Answer{Status: response.StatusCode, Header: response.Header, Body: body, ReceivedAt: time.Now()}, err
	}
}

func BenchmarkAuthorizeURL(b *testing.B) {
	c := config(b)
	r := grant.AuthorizeRequest{RedirectURI: callback, State: grant.NewState(), Verifier: grant.NewVerifier(), Scopes: []string{"a", "b"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.AuthorizeURL(r); err != nil {
			b.Fatal(err)
		}
	}
}
