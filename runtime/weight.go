package runtime

import (
	"encoding/json"
	"errors"
	"fmt"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/grant"
)

// maxStored bounds what is stored of one connection: its token with the credentials, and the answer that is kept while they
// are made of it, each by itself and in JSON. Tokens of real providers stay under 16 KiB.
const maxStored = 256 << 10

// weight is how large a value is, as far as that is quickly told.
type weight struct {
	bytes int // of texts
	parts int // texts, members and items
}

func (w *weight) text(s string) {
	w.bytes += len(s)
	w.parts++
}

func (w *weight) add(v any) {
	switch t := v.(type) {
	case string:
		w.text(t)
	case json.Number:
		w.text(string(t))
	case []any:
		for _, item := range t {
			w.add(item)
		}
		w.parts++
	case *value.Object:
		if t == nil {
			return
		}
		for name, item := range t.All() {
			w.text(name)
			w.add(item)
		}
		w.parts++
	default:
		w.parts++
	}
}

func (w *weight) token(t *Token) {
	if t == nil {
		return
	}
	w.text(t.Access.Reveal())
	w.text(t.Refresh.Reveal())
	w.add(t.Query)
	w.add(t.Credentials)
}

func (w *weight) answer(a *Answer) {
	if a == nil {
		return
	}
	w.add(a.Response)
	w.add(a.Query)
	if a.Exchange != nil {
		w.add(a.Exchange.Parameters)
	}
}

// inJSON is about how many bytes it takes to write.
func (w *weight) inJSON() int { return w.bytes + 3*w.parts }

// inMemory is about how many bytes it takes to hold.
func (w *weight) inMemory() int { return w.bytes + 64*w.parts }

// errTooLarge says that there is more than maxStored, in words that are all ours: nothing in them is secret.
var errTooLarge = errors.New("too large")

// storable refuses a token that is too large to be stored. by are the methods that may have made it, who comes first is
// named.
func (b *binding) storable(t *Token, by ...connectors.Method) error {
	var w weight
	if w.token(t); w.inJSON() > maxStored {
		return b.tooLarge("the credentials are", by)
	}
	return nil
}

// keepable is storable for an answer.
func (b *binding) keepable(a *grant.Answer, by ...connectors.Method) error {
	var w weight
	if w.add(a.Response); w.inJSON() > maxStored {
		return b.tooLarge("the token response is", by)
	}
	return nil
}

// tooLarge is malformed where it is a token response, whoever made it, and the connector's own fault elsewhere.
func (b *binding) tooLarge(what string, by []connectors.Method) error {
	f := &grant.Failure{Class: grant.Malformed, Err: errTooLarge, Message: fmt.Sprintf("%s larger than %d KiB, the most that is kept of one connection", what, maxStored>>10)}
	for _, m := range by {
		if !b.has(m) {
			continue
		}
		if m != connectors.GetTokenData && m != connectors.RefreshCredentials {
			f.Class = grant.Internal
		}
		return b.methodError(m, b.auth.Methods[m], f)
	}
	f.Message = fmt.Sprintf("connector %s: %s", b.connector.Key, f.Message)
	return f
}
