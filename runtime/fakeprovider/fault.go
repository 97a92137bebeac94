package fakeprovider

import (
	"fmt"
	"net/url"
	"slices"
)

// Mode names a misbehaviour; the table `misbehaviours` lists them all.
type Mode string

// Fault makes an endpoint misbehave. Mode and the first group of fields go with every mode; which of the others a mode
// reads, its summary in the table says.
type Fault struct {
	Mode Mode `json:"mode"`
	// On is the endpoint; empty: the mode's own one (mostly token).
	On Endpoint `json:"on,omitempty"`
	// Grant limits the fault to token requests with that grant_type; empty: all requests.
	Grant string `json:"grant,omitempty"`
	// Times is how many requests it meets; 0: all, until the faults are set anew.
	Times int `json:"times,omitempty"`
	// Processed makes the provider do what was asked (spend the code, rotate the token) before the answer is replaced. It
	// matters for modes that replace the answer; the ones that reshape it process always.
	Processed bool `json:"processed,omitempty"`

	Status      int               `json:"status,omitempty"`
	Header      map[string]string `json:"header,omitempty"`
	Body        string            `json:"body,omitempty"`
	Error       string            `json:"error,omitempty"`
	Description string            `json:"description,omitempty"`
	Location    string            `json:"location,omitempty"`
	RetryAfter  int               `json:"retryAfter,omitempty"` // seconds
	DelayMS     int               `json:"delayMs,omitempty"`    // milliseconds
	Size        int64             `json:"size,omitempty"`       // bytes; for deep_json: brackets
	// Set lays these fields over a JSON answer; null removes one.
	Set map[string]any `json:"set,omitempty"`
	// Fields says where a field of the token answer goes: {"access_token": "data.accessToken"}.
	Fields map[string]string `json:"fields,omitempty"`
	// Params replaces parameters of the callback; an empty list removes one, a list of two repeats it.
	Params url.Values `json:"params,omitempty"`
}

// Misbehave sets the faults, in place of all that were set; without arguments the provider is honest again.
//
// For one request, of the faults that match it, those with Times come before those without, and otherwise earlier ones
// before later ones; then the first that replaces the answer applies, and the first of each reshaping mode. So several
// faults {Mode: Answer, Times: 1} are a queue of answers. An unknown mode or a number out of
// range panics: it is a mistake in the calling test.
func (p *Provider) Misbehave(faults ...Fault) {
	for i, f := range faults {
		if err := f.check(); err != nil {
			panic(fmt.Sprintf("fakeprovider: fault %d: %v", i, err))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = slices.Clone(faults)
}

// Faults returns the faults that are set and not used up.
func (p *Provider) Faults() []Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.faults)
}

func (f Fault) kind() (misbehaviour, error) {
	for _, m := range misbehaviours {
		if m.mode == f.Mode {
			return m, nil
		}
	}
	return misbehaviour{}, fmt.Errorf("mode %q is not known", f.Mode)
}

// maxSize is the largest Size, in bytes or brackets.
const maxSize = 1 << 30

func (f Fault) check() error {
	switch {
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status %d: expected 200 to 599", f.Status)
	case f.Times < 0 || f.RetryAfter < 0 || f.DelayMS < 0 || f.Size < 0:
		return fmt.Errorf("times, retryAfter, delayMs and size are never negative")
	case f.Size > maxSize:
		return fmt.Errorf("size %d: expected at most %d", f.Size, maxSize)
	}
	_, err := f.kind()
	return err
}

func (f Fault) matches(m misbehaviour, q *Request) bool {
	on := f.On
	if on == "" {
		on = m.on
	}
	return on == q.Endpoint && (f.Grant == "" || f.Grant == q.Grant)
}

// applied is a fault that was chosen for a request.
type applied struct {
	Fault
	misbehaviour
}

// choose takes the faults for one request and counts them down.
func (p *Provider) choose(q *Request) []applied {
	p.mu.Lock()
	defer p.mu.Unlock()
	var chosen []applied
	for _, counted := range []bool{true, false} {
		var left []Fault
		for _, f := range p.faults {
			m, _ := f.kind() // checked when it was set
			meets := (f.Times > 0) == counted && f.matches(m, q) && !taken(chosen, m)
			if meets {
				chosen = append(chosen, applied{f, m})
				f.Times = max(0, f.Times-1)
			}
			if !meets || !counted || f.Times > 0 {
				left = append(left, f)
			}
		}
		p.faults = left
	}
	return chosen
}

func taken(chosen []applied, m misbehaviour) bool {
	return slices.ContainsFunc(chosen, func(c applied) bool {
		return c.mode == m.mode || c.replace != nil && m.replace != nil
	})
}

// misbehaving answers a request with the faults that meet it.
func (p *Provider) misbehaving(q *Request, honest func() *answer) *answer {
	next := honest
	chosen := p.choose(q)
	for _, a := range chosen {
		if a.replace != nil {
			next = func() *answer {
				if a.Processed {
					honest()
				}
				return a.replace(a.Fault)
			}
		}
	}
	for _, a := range chosen {
		if a.reshape != nil {
			inner := next
			next = func() *answer { return a.reshape(a.Fault, q, inner) }
		}
	}
	return next()
}
