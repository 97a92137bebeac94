package fakeprovider

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// answer is what will be sent. Faults change it before it is written.
type answer struct {
	status   int
	header   http.Header
	fields   map[string]any // a JSON object; nil: body as it is
	body     []byte
	callback *callback // a redirect to the client: rendered last, so that a fault can still change its parameters
	delayMS  int       // how long to wait before it is sent
	send     delivery  // nil: written in one go
}

// delivery writes an answer in its own way. It may end the connection; it returns at the latest when the client or the
// provider goes away.
type delivery func(p *Provider, w http.ResponseWriter, r *http.Request, a *answer)

func jsonAnswer(status int, fields map[string]any) *answer {
	return &answer{status: status, header: http.Header{}, fields: fields}
}

func textAnswer(status int, kind, body string) *answer {
	return &answer{status: status, header: http.Header{"Content-Type": {kind}}, body: []byte(body)}
}

// oauthError is an error answer of the token endpoint (RFC 6749 5.2).
func oauthError(status int, code, format string, args ...any) *answer {
	return jsonAnswer(status, map[string]any{"error": code, "error_description": fmt.Sprintf(format, args...)})
}

// render makes body and header final.
func (a *answer) render() {
	if a.callback != nil {
		a.callback.render(a)
	}
	if a.fields != nil {
		// Nothing but texts, numbers and what came out of JSON gets in here.
		a.body, _ = json.Marshal(a.fields)
		if a.header.Get("Content-Type") == "" {
			a.header.Set("Content-Type", "application/json")
		}
	}
}

func (p *Provider) deliver(w http.ResponseWriter, r *http.Request, a *answer) {
	a.render()
	if a.delayMS > 0 && !p.pause(r, a.delayMS) {
		panic(http.ErrAbortHandler) // the client has gone away
	}
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Cache-Control", "no-store")
	if a.send != nil {
		a.send(p, w, r, a)
		return
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client may be gone: nobody is left to tell
}
