package runtime

import (
	"context"
	"errors"
	"time"

	"claviger/runtime/grant"
)

// sweepEvery is how often what ended by itself is cleared away.
const sweepEvery = 30 * time.Second

// Sweep clears away, until ctx ends, what ended by itself: flows that nobody finished, and what a process that was
// killed left behind.
func (e *Engine) Sweep(ctx context.Context) {
	e.deliverAll(ctx) // before anybody is told that nothing came
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(e.sweepFlows(ctx), e.sweepPending(ctx), e.sweepValues(ctx), e.sweepSessions(ctx)); err != nil && ctx.Err() == nil {
			e.log.Error("clearing away", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweepFlows removes expired flows. A connection that was never made is failed then: its link has expired.
func (e *Engine) sweepFlows(ctx context.Context) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	connections, err := e.store.DeleteExpiredFlows(ctx, at)
	if err != nil {
		return storeError("flow", "", err)
	}
	for _, id := range connections {
		_, err := e.neverMade(ctx, id, at, expired(at))
		if err != nil && AsError(err).Code != CodeNotFound {
			return err
		}
	}
	return nil
}

// sweepPending brings every connection that is not made yet to where it belongs.
func (e *Engine) sweepPending(ctx context.Context) error {
	for f := (ConnectionFilter{Status: Pending, Limit: 100}); ; {
		list, err := e.store.Connections(ctx, f)
		if err != nil {
			return storeError("connection", "", err)
		}
		for _, c := range list {
			if isPutOff(c) { // one after the other, and not now if there is too much to do
				if _, err := e.resume(ctx, c); isOverloaded(err) {
					return nil
				}
				continue
			}
			if _, err := e.settled(ctx, c); err != nil && AsError(err).Code == CodeStoreUnavailable {
				return err
			}
		}
		if len(list) < f.Limit {
			return nil
		}
		f.After = list[len(list)-1].ID
	}
}

const (
	// exchangeLimit is longer than any exchange takes whose process lives.
	exchangeLimit = flowWork + 30*time.Second
	// pendingLimit is longer than any flow of a connection that was created once lasts: open, then held.
	pendingLimit = 3 * flowLife
)

// settled brings the stored status up to what time, or the end of a process, has made of it.
func (e *Engine) settled(ctx context.Context, c *Connection) (*Connection, error) {
	if isPutOff(c) {
		e.meanwhile("exchange of "+c.ID, func() { _, _ = e.resume(context.WithoutCancel(ctx), c) }) // a failure is stored where it happens
		return c, nil
	}
	if e.abandoned(c) {
		resumed, err := e.resume(ctx, c)
		if err == nil || AsError(err).Code == CodeStoreUnavailable {
			return resumed, err
		}
		return c, nil // it is tried again
	}
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	making := c.Renewal.Lease
	switch {
	case c.Renewal.Answer != nil && c.Renewal.Answer.Exchange != nil: // somebody is about it
		return c, nil
	case c.Token != nil && c.Status == Connected && !c.Token.alive(at) && (c.Renewal.Over || !e.renewable(c)):
		return e.expire(ctx, c)
	case c.Status != Pending:
		return c, nil
	case making != nil && at.After(making.Until):
		return e.neverMade(ctx, c.ID, at, &Failure{Class: grant.Unknown, At: at,
			Message: "the server ended while the connection was being made; what became of it at the provider is not known"})
	case making == nil && at.After(c.UpdatedAt.Add(pendingLimit)):
		return e.neverMade(ctx, c.ID, at, expired(at))
	}
	return c, nil
}

func expired(at time.Time) *Failure {
	return &Failure{Class: grant.Reauth, Reason: reasonExpired, Message: "nobody finished connecting before the link expired", At: at}
}

// neverMade makes a pending connection a failed one, unless it is being made just now.
func (e *Engine) neverMade(ctx context.Context, id string, at time.Time, why *Failure) (*Connection, error) {
	return e.record(ctx, id, func(c *Connection) ([]Event, error) {
		working := c.Renewal.Lease != nil && at.Before(c.Renewal.Lease.Until)
		if c.Status != Pending || working || c.Renewal.Answer != nil {
			return nil, errUnchanged
		}
		c.Status, c.Renewal, c.LastError = Failed, Renewal{}, why
		return []Event{failure(at, why)}, nil
	})
}
