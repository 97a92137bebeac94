package runtime

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/sony/gobreaker/v2"

	"claviger/runtime/egress"
	"claviger/runtime/grant"
)

const (
	// circuitFailures in a row within circuitWindow, of whichever connections, open an endpoint's circuit. Failures that are
	// further apart are no outage: what makes them is the backoff of single connections, which is enough of a rest.
	circuitFailures = 5
	circuitWindow   = 2 * time.Minute
	// circuitPause is how long it stays open before one attempt is let through.
	circuitPause = 30 * time.Second
	// manyCircuits is how many endpoints are remembered.
	manyCircuits = 10_000
)

// circuits has a circuit for every token endpoint, that is a URL without its query. It opens when the endpoint does not
// answer: no connection, no answer in time, or that of a gateway in front of it. Whatever the endpoint itself answers, a
// refusal too, shows that it lives. All that asks for tokens there shares it:
//
//	renewal             fails before it is marked, and so is not of unknown outcome; nothing is stored
//	exchange            is not sent, and leaves the link, the page or the completion good for another try
//	hook that asks for  has its fetch refused: which endpoint a hook calls is known only then. If that was the first, what
//	a token             the hook was run for is put off like the two above; else it is a failure that passes
//
// Hooks that do not ask for a token, revocation and discovery have none. Circuits are of this node alone, in memory: each
// node finds out by five requests of its own. What a failure means for a connection or an integration is in its record
// instead, and so is known to all nodes.
type circuits struct {
	pause    time.Duration
	window   time.Duration
	log      *slog.Logger
	observer Observer
	each     *lru.Cache[string, *circuit]
	open     atomic.Int64
}

type circuit struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	until   atomic.Pointer[time.Time] // when it lets one attempt through; of an open one
}

func newCircuits(pause, window time.Duration, log *slog.Logger, observer Observer) (*circuits, error) {
	s := &circuits{pause: cmp.Or(pause, circuitPause), window: cmp.Or(window, circuitWindow), log: log, observer: observer}
	var err error
	s.each, err = lru.NewWithEvict(manyCircuits, func(_ string, c *circuit) {
		if c.breaker.State() != gobreaker.StateClosed {
			s.count(-1)
		}
	})
	return s, err
}

// errNotTried is the outcome of an attempt that was let through and not made.
var errNotTried = errors.New("nothing was sent")

// openCircuit says that nothing was sent because a circuit is open.
type openCircuit struct {
	host string
	wait time.Duration // until it may be tried again
}

func (o *openCircuit) Error() string {
	return fmt.Sprintf("nothing was sent: %s has not answered %d requests for tokens in a row, and is left alone for a while", o.host, circuitFailures)
}

// refusal is what callers are told.
func (o *openCircuit) refusal() error {
	return &Error{Code: CodeProviderUnavailable, RetryAfter: o.wait, Err: o, Message: o.Error()}
}

// isHeldOff tells whether an error says that what was to be done was not begun, for reasons that pass and are nobody's
// fault: there was no worker for a hook, or the endpoint's circuit is open.
func isHeldOff(err error) bool {
	var e *Error
	var o *openCircuit
	return isOverloaded(err) || errors.As(err, &e) && errors.As(e.Err, &o)
}

// enter lets an attempt at an endpoint through, whose outcome must be told to report (only the first time counts), or
// refuses it.
func (s *circuits) enter(endpoint string) (report func(error), refused *openCircuit) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return func(error) {}, nil // the attempt says what is wrong with it
	}
	key := strings.ToLower(u.Scheme+"://"+u.Host) + u.EscapedPath()
	c, ok := s.each.Get(key)
	if !ok {
		c = s.circuit(u.Hostname())
		if before, there, _ := s.each.PeekOrAdd(key, c); there {
			c = before
		}
	}
	done, err := c.breaker.Allow()
	if err != nil {
		return nil, s.refusal(c, u.Hostname())
	}
	var told atomic.Bool
	return func(err error) {
		if told.CompareAndSwap(false, true) {
			done(err)
		}
	}, nil
}

func (s *circuits) refusal(c *circuit, host string) *openCircuit {
	wait := time.Second // one attempt is under way
	if until := c.until.Load(); until != nil {
		wait = max(wait, time.Until(*until))
	}
	return &openCircuit{host: host, wait: wait}
}

// past makes a request of the standard kind for the first token, unless the endpoint is left alone.
func (b *binding) past(endpoint string, ask func() (*grant.Answer, error)) (*grant.Answer, error) {
	report, refused := b.e.circuits.enter(endpoint)
	if refused != nil {
		return nil, refused.refusal()
	}
	defer report(errNotTried)
	a, err := ask()
	report(err)
	return a, err
}

// answeredBy is what an answer to a hook's request, or its absence, says of the endpoint. A request that was ended with its
// hook, by a limit, says something only if most of the hook's time had passed waiting for it.
func answeredBy(a *egress.Answer, err error, took, limit time.Duration) error {
	if err == nil {
		if f := (&grant.Config{}).ErrorFrom(a); f != nil {
			return f
		}
		return nil
	}
	f := grant.FailureToSend(err)
	var ended *egress.Error
	if errors.As(err, &ended) && ended.Reason == egress.Canceled && took < limit/2 {
		return errNotTried
	}
	return f
}

func (s *circuits) circuit(host string) *circuit {
	c := &circuit{}
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      s.pause,
		Interval:     s.window,
		BucketPeriod: s.window / 10,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= circuitFailures },
		IsSuccessful: func(err error) bool { return !unanswered(err) },
		IsExcluded:   saysNothing,
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				until := time.Now().Add(s.pause)
				c.until.Store(&until)
			}
			switch {
			case from == gobreaker.StateClosed:
				s.log.Warn("a token endpoint does not answer and is left alone", "host", host, "for", s.pause)
				s.count(1)
			case to == gobreaker.StateClosed:
				s.log.Info("a token endpoint answers again", "host", host)
				s.count(-1)
			}
		},
	})
	return c
}

func (s *circuits) count(more int64) { s.observer.CircuitsOpen(int(s.open.Add(more))) }

// unanswered tells whether an attempt failed because the endpoint did not answer.
func unanswered(err error) bool {
	var f *grant.Failure
	if !errors.As(err, &f) {
		return false
	}
	return f.Class == grant.Unknown || f.Class == grant.Transient && f.Status == 0
}

// saysNothing tells whether an outcome says nothing of the endpoint: nothing was sent, or what failed is our own.
func saysNothing(err error) bool {
	var f *grant.Failure
	return err != nil && (!errors.As(err, &f) || !f.Sent && !unanswered(err))
}
