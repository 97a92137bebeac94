package runtime

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
	"claviger/runtime/egress"
	"claviger/runtime/grant"
	"claviger/runtime/secret"
)

// recorder stands between a hook that asks for a token and the network: it knows what became of the hook's requests, and
// keeps the hook from endpoints that do not answer. Where an answer cannot be had again it keeps that too: each is in the
// journal before the hook sees it, and a hook that fails behind it is run again with what was recorded in the place of the
// same requests.
//
//	run ──▶ result
//	 └─▶ failed: run again, at once where the failure is the hook's own
//	              └─▶ failed: the recordings are kept with the connection, for the next attempt
//
// A request that was made of a stored value is found again only if the value is the same. So the values that a hook had read
// before an answer are kept with it; what it read after, and what was not there, is looked up anew, and may be mended.
type recorder struct {
	b    *binding
	k    *keeping // nil: nothing is recorded
	from Answer   // what an entry says besides the recordings

	mu     sync.Mutex
	replay []Recorded // not asked for yet in this run
	made   []Recorded // so far, in order
	read   []Recorded // values, since the last answer
	open   int        // requests that are sent and not answered
	sent   bool       // one was
	lost   bool       // one was sent and will not be answered

	refused *openCircuit // why one was not sent; nil: none was refused
}

// maxRecorded bounds one recorded body and what is kept with a connection of all. A token answer is smaller.
const maxRecorded = maxStored / 2

// maxReplays is how many attempts are made with recorded answers before they are given up.
const maxReplays = 5

// recording runs what asks for a token, as far as a hook does, with what was recorded before. k is nil where the answer can
// be had again.
func (b *binding) recording(k *keeping, from Answer, replay []Recorded, run func() error) error {
	r := &recorder{b: b, k: k, from: from, replay: replay, made: replay}
	b.recorder = r
	defer func() { b.recorder = nil }()
	err := run()
	if err != nil && r.again(err) {
		r.replay, r.read, r.open = r.made, nil, 0
		b.e.log.Warn("a hook failed after it had been answered, and is run again with the same answers", "connection", k.id, "error", b.redact(err.Error()))
		err = run()
	}
	if k != nil && !isReauth(err) && worth(r.made) {
		kept := r.from
		kept.Recorded = r.made
		k.answer = &kept
		k.written = true // each by itself
	}
	return err
}

// again tells whether a failure is the hook's own, so that running it again at once may help and sends nothing twice.
func (r *recorder) again(err error) bool {
	var f *grant.Failure
	own := !errors.As(err, &f) || f.Class == grant.Internal || f.Class == grant.Malformed
	return own && !r.lost && r.open == 0 && !isHeldOff(err) && worth(r.made)
}

// worth tells whether one of recorded answers may hold a token: one that does not is had again by asking again.
func worth(made []Recorded) bool {
	return slices.ContainsFunc(made, func(one Recorded) bool { return one.Method != readValue && holdsSecret(one.Body.Reveal()) })
}

// holdsSecret tells whether JSON or a form has a text under a secret's name.
func holdsSecret(body string) bool {
	if v, err := value.Decode([]byte(body)); err == nil {
		return hasSecret(v)
	}
	form, err := url.ParseQuery(body)
	for name, values := range form {
		if err == nil && values[0] != "" && isSecretMember(name) {
			return true
		}
	}
	return false
}

func hasSecret(v any) bool {
	switch t := v.(type) {
	case []any:
		return slices.ContainsFunc(t, hasSecret)
	case *value.Object:
		for name, item := range t.All() {
			if text, ok := item.(string); ok && text != "" && isSecretMember(name) || hasSecret(item) {
				return true
			}
		}
	}
	return false
}

func isReauth(err error) bool {
	var f *grant.Failure
	return errors.As(err, &f) && f.Class == grant.Reauth
}

// fetch answers a request of the hook: with what was recorded for it, or by sending it.
func (r *recorder) fetch(ctx context.Context, request jsbridge.FetchRequest) (*egress.Answer, *jsbridge.FetchResponse, error) {
	if answer, response := r.replayed(request); answer != nil {
		return answer, response, request.Received(len(answer.Body))
	}
	limits := r.b.limits()
	report, refused := r.b.e.circuits.enter(request.URL)
	if refused != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.refused = refused
		return nil, nil, &egress.Error{Reason: egress.Canceled, Host: refused.host, Err: refused}
	}
	defer report(errNotTried)
	slot, err := r.room()
	if err != nil {
		return nil, nil, &egress.Error{Reason: egress.Canceled, Err: errors.Join(errors.New("not sent: there is no room in the journal to keep the answer"), err)}
	}
	if err := r.b.tenure.sending(ctx, limits.Wall); err != nil {
		slot.Release()
		return nil, nil, err
	}
	r.opened(1)
	began := time.Now()
	answer, response, err := CarryFetch(ctx, r.b.e.guard, r.b.hosts, limits, request)
	report(answeredBy(answer, err, time.Since(began), limits.Wall))
	r.opened(-1)
	if err != nil {
		r.failed(err)
	}
	if err != nil || !r.keep(slot, request, response) {
		slot.Release()
	}
	return answer, response, err
}

// room is for an answer, where it is recorded.
func (r *recorder) room() (Slot, error) {
	if r.k == nil {
		return noSlot{}, nil
	}
	return r.b.e.journal.Reserve()
}

func (r *recorder) opened(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.open += n
	r.sent = true
}

// failed notes a request that may have reached the provider, whose answer will never be known.
func (r *recorder) failed(err error) {
	if f := grant.FailureToSend(err); f.Class == grant.Unknown || errors.Is(err, jsbridge.ErrMaxBytes) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lost = true
	}
}

// keep writes an answer of success into the journal, and tells whether it is there.
func (r *recorder) keep(s Slot, request jsbridge.FetchRequest, a *jsbridge.FetchResponse) bool {
	if r.k == nil || a.Status < 200 || a.Status > 299 || len(a.Body) > maxRecorded {
		return false
	}
	one := Recorded{Method: request.Method, URL: request.URL, Status: a.Status, Body: secret.New(string(a.Body))}
	for _, h := range a.Header {
		one.Header = append(one.Header, h[0]+": "+h[1])
	}
	r.mu.Lock()
	kept := append(r.read, one)
	r.read = nil
	r.mu.Unlock()
	entry := r.from
	entry.Recorded = kept
	written := r.k.write(s, &entry) == nil
	r.mu.Lock()
	defer r.mu.Unlock()
	r.made = append(r.made[:len(r.made):len(r.made)], kept...)
	if written {
		r.k.recorded = append(r.k.recorded, s)
	}
	return written
}

// unanswered tells whether the hook ended while a request of it was under way, or after one that was never answered.
func (r *recorder) unanswered() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open > 0 || r.lost
}

// refusedAll is why nothing of the hook's was sent, nil where something was, or where nothing was refused.
func (r *recorder) refusedAll() *openCircuit {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sent {
		return nil
	}
	return r.refused
}
