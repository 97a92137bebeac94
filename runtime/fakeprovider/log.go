package fakeprovider

import "slices"

// requestLog counts all requests and keeps the newest ones. Guarded by Provider.mu.
type requestLog struct {
	calls    map[Endpoint]int
	grants   map[string]int
	requests []Request
}

func (l *requestLog) add(q Request, keep int) {
	if l.calls == nil {
		l.calls, l.grants = map[Endpoint]int{}, map[string]int{}
	}
	l.calls[q.Endpoint]++
	if q.Endpoint == Token {
		l.grants[q.Grant]++
	}
	// Twice as many before the old half is dropped: the copy is paid once in keep requests.
	if l.requests = append(l.requests, q); len(l.requests) >= 2*keep {
		l.requests = slices.Clone(l.requests[len(l.requests)-keep:])
	}
}

// Calls is the number of requests that reached an endpoint since the start or ResetLog; with "", that reached any.
// Requests that a fault answered count; requests to /control, unknown paths and unreadable ones do not.
func (p *Provider) Calls(e Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e != "" {
		return p.log.calls[e]
	}
	return sum(p.log.calls)
}

// TokenCalls is the number of token requests with that grant_type; with "", of all of them.
func (p *Provider) TokenCalls(grant string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if grant != "" {
		return p.log.grants[grant]
	}
	return p.log.calls[Token]
}

// Requests returns the logged requests to an endpoint (with "": to all), oldest first. They are the log's own: read them
// only.
func (p *Provider) Requests(e Endpoint) []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []Request
	for _, q := range p.log.requests {
		if e == "" || q.Endpoint == e {
			found = append(found, q)
		}
	}
	return found[max(0, len(found)-p.o.Keep):]
}

// LastRequest returns the newest request to an endpoint (with "": to any); the zero Request when there was none.
func (p *Provider) LastRequest(e Endpoint) Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range slices.Backward(p.log.requests) {
		if e == "" || q.Endpoint == e {
			return q
		}
	}
	return Request{}
}

// ResetLog forgets all requests and sets the counters to 0. Grants and faults stay.
func (p *Provider) ResetLog() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = requestLog{}
}

func sum[K comparable](counts map[K]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}
