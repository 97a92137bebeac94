package egress

import (
	"context"
	"time"
)

const (
	// frozen is how much later than asked a timer fires only in a process that did not run meanwhile.
	frozen = time.Second
	// thawing is how long such a process has to read what has arrived.
	thawing = 2 * time.Second
)

// within is context.WithTimeout with its error as the context's cause, but for a process that was stopped while it waited
// (SIGSTOP, a machine that slept): its deadline has passed when it goes on, and the answer may lie in its socket all the
// same. It gets a moment to read it.
func within(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	due := time.Now().Add(d)
	timer := time.AfterFunc(d, func() {
		if time.Since(due) > frozen {
			time.Sleep(thawing)
		}
		cancel(context.DeadlineExceeded)
	})
	return ctx, func() { timer.Stop(); cancel(context.Canceled) }
}
