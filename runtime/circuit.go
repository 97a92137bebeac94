package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/sony/gobreaker/v2"

	"claviger/runtime/grant"
)

const (
	// circuitFailures in a row, of whichever connections, open an endpoint's circuit.
	circuitFailures = 5
	// circuitPause is how long it stays open before one attempt is let through.
	circuitPause = 30 * time.Second
	// manyCircuits is how many endpoints are remembered.
	manyCircuits = 10_000
)

// circuits has a circuit for every token endpoint, that is a URL without its query. It opens when the endpoint does not
// answer: no connection, no answer in time, or that of a gateway in front of it. Whatever the endpoint itself answers, a
// refusal too, shows that it lives. While a circuit is open renewals fail before they are marked, and so are not of
// unknown outcome. Renewals by a hook have none: which endpoint a hook calls is known only once it has.
type circuits struct {
	pause    time.Duration
	log      *slog.Logger
	observer Observer
	each     *lru.Cache[string, *circuit]
	open     atomic.Int64
}

type circuit struct {
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	until   atomic.Pointer[time.Time] // when it lets one attempt through; of an open one
}

func newCircuits(pause time.Duration, log *slog.Logger, observer Observer) (*circuits, error) {
	if pause == 0 {
		pause = circuitPause
	}
	s := &circuits{pause: pause, log: log, observer: observer}
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

// enter lets an attempt through, whose outcome must be told to report (only the first time counts), or refuses it.
func (s *circuits) enter(config *grant.Config) (report func(error), err error) {
	u, err := url.Parse(config.RenewalURI())
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

func (s *circuits) refusal(c *circuit, host string) error {
	wait := time.Second // one attempt is under way
	if until := c.until.Load(); until != nil {
		wait = max(wait, time.Until(*until))
	}
	return &Error{Code: CodeProviderUnavailable, RetryAfter: wait, Err: gobreaker.ErrOpenState,
		Message: fmt.Sprintf("nothing was sent: %s has not answered %d requests for tokens in a row, and is left alone for a while", host, circuitFailures)}
}

func (s *circuits) circuit(host string) *circuit {
	c := &circuit{}
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:      s.pause,
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
