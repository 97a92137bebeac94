package runtime

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// How often requests may come that nobody has to prove anything for, of one address, and those of one page. A bucket holds
// what may come at once, and fills with so many a second.
const (
	askedEach, askedBurst     = 100, 1000 // preflight requests
	unknownEach, unknownBurst = 10, 100   // keys and tokens that nobody knows
	pageEach, pageBurst       = 50, 500   // requests of one session

	begunEach, begunBurst = 0.1, 60 // connections that pages make for one owner: what is begun and not finished stays for its record

	// Renewals of one connection because an API has called its token expired: some APIs say so of every token, of what it may not
	// do, and whoever calls them would have a token asked for with each call.
	refusalEach, refusalBurst = 0.1, 10

	paceMemory = 10_000 // of the addresses, or sessions; the one that was not seen for longest begins anew
)

// pace is a bucket for each of many. Safe for concurrent use.
type pace struct {
	each    rate.Limit
	burst   int
	buckets *lru.Cache[string, *rate.Limiter]
}

func newPace(each rate.Limit, burst int) (*pace, error) {
	buckets, err := lru.New[string, *rate.Limiter](paceMemory)
	return &pace{each, burst, buckets}, err
}

func (p *pace) bucket(key string) *rate.Limiter {
	if b, ok := p.buckets.Get(key); ok {
		return b
	}
	b := rate.NewLimiter(p.each, p.burst)
	if before, ok, _ := p.buckets.PeekOrAdd(key, b); ok {
		return before
	}
	return b
}

// take takes one, or takes none and says why not.
func (p *pace) take(key string, at time.Time) error {
	if p.bucket(key).AllowN(at, 1) {
		return nil
	}
	return p.check(key, at)
}

// check says why key may not take one now; nil: it may. What is taken meanwhile by others is not seen: charge.
func (p *pace) check(key string, at time.Time) error {
	left := float64(1)
	if b, ok := p.buckets.Peek(key); ok {
		left = b.TokensAt(at)
	}
	if left >= 1 {
		return nil
	}
	wait := time.Duration((1 - left) / float64(p.each) * float64(time.Second))
	return &Error{Code: CodeRateLimited, RetryAfter: wait, Message: "too many requests; come again later"}
}

// charge takes one that was had already, of what comes in later if need be.
func (p *pace) charge(key string, at time.Time) { p.bucket(key).ReserveN(at, 1) }
