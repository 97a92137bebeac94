package fakeprovider

import (
	"cmp"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

func answerGiven(f Fault) *answer {
	a := &answer{status: cmp.Or(f.Status, http.StatusOK), header: http.Header{}, body: []byte(f.Body)}
	for name, v := range f.Header {
		a.header.Set(name, v)
	}
	return a
}

func answerHTML(f Fault) *answer {
	return textAnswer(cmp.Or(f.Status, http.StatusOK), "text/html; charset=utf-8",
		"<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>\n")
}

func answerNotOK(f Fault) *answer {
	return jsonAnswer(http.StatusOK, map[string]any{"ok": false, "error": cmp.Or(f.Error, "invalid_auth")})
}

func answerOAuthError(f Fault) *answer {
	return oauthError(cmp.Or(f.Status, http.StatusBadRequest), cmp.Or(f.Error, "server_error"), "%s", f.Description)
}

func answerInvalidGrant(Fault) *answer { return invalidGrant("the user has withdrawn consent") }

func answerInvalidClient(Fault) *answer {
	return oauthError(http.StatusUnauthorized, "invalid_client", "the client has been removed")
}

func answerRateLimited(f Fault) *answer {
	a := oauthError(http.StatusTooManyRequests, "rate_limit_exceeded", "too many requests")
	a.header.Set("Retry-After", strconv.Itoa(cmp.Or(f.RetryAfter, 1)))
	return a
}

func answerUnavailable(f Fault) *answer {
	return retryLater(f, textAnswer(http.StatusServiceUnavailable, "text/plain; charset=utf-8", "upstream connect error\n"))
}

func answerTemporarily(f Fault) *answer {
	return retryLater(f, oauthError(http.StatusServiceUnavailable, "temporarily_unavailable", "maintenance"))
}

func retryLater(f Fault, a *answer) *answer {
	if f.RetryAfter > 0 {
		a.header.Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	return a
}

func answerRedirect(f Fault) *answer {
	a := textAnswer(cmp.Or(f.Status, http.StatusTemporaryRedirect), "text/plain; charset=utf-8", "")
	a.header.Set("Location", cmp.Or(f.Location, "/api/echo"))
	return a
}

const tokenStart, tokenEnd = `{"token_type":"Bearer","access_token":"`, `"}`

func answerOversized(f Fault) *answer {
	size := max(cmp.Or(f.Size, 2<<20), int64(len(tokenStart)+len(tokenEnd)))
	a := textAnswer(http.StatusOK, "application/json", "")
	a.send = func(_ *Provider, w http.ResponseWriter, _ *http.Request, _ *answer) { writeToken(w, size) }
	return a
}

func answerBomb(f Fault) *answer {
	size := cmp.Or(f.Size, 64<<20)
	a := textAnswer(http.StatusOK, "application/json", "")
	a.header.Set("Content-Encoding", "gzip")
	a.send = func(_ *Provider, w http.ResponseWriter, _ *http.Request, _ *answer) {
		z := gzip.NewWriter(w)
		writeToken(z, size)
		_ = z.Close() // fails only where the client is gone
	}
	return a
}

// writeToken writes a token answer of size bytes, and stops where the client is gone.
func writeToken(w io.Writer, size int64) {
	_, _ = io.Copy(w, io.MultiReader(strings.NewReader(tokenStart),
		io.LimitReader(letters{}, size-int64(len(tokenStart)+len(tokenEnd))), strings.NewReader(tokenEnd)))
}

// letters is an endless text.
type letters struct{}

func (letters) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	return len(b), nil
}

func answerDeep(f Fault) *answer {
	depth := int(cmp.Or(f.Size, 100_000))
	return textAnswer(http.StatusOK, "application/json",
		`{"access_token":"deep","extra":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+"}")
}

func answerHang(Fault) *answer {
	return &answer{header: http.Header{}, send: func(p *Provider, _ http.ResponseWriter, r *http.Request, _ *answer) {
		select {
		case <-r.Context().Done():
		case <-p.done:
		}
		panic(http.ErrAbortHandler) // net/http's way to end a connection without an answer
	}}
}

// answerReset ends the connection with a TCP reset where that can be done, else (HTTP/2) as an aborted stream.
func answerReset(Fault) *answer {
	return &answer{header: http.Header{}, send: func(_ *Provider, w http.ResponseWriter, _ *http.Request, _ *answer) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		raw := conn
		if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
			raw = t.NetConn()
		}
		if t, ok := raw.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // the close below then sends RST
		}
		_ = raw.Close()
	}}
}
