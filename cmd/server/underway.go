package main

import (
	"context"
	"net/http"
	"sync"
)

// underWay counts requests from beginning to end: those too whose connection was taken over, such as a WebSocket's, which
// http.Server.Shutdown does not wait for.
type underWay struct{ requests sync.WaitGroup }

func (u *underWay) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.requests.Add(1)
		defer u.requests.Done()
		next.ServeHTTP(w, r)
	})
}

// wait waits until all have ended; no new one may come any more.
func (u *underWay) wait(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		u.requests.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
