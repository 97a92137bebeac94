package runtime

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// delivery is an answer that is in the journal and has to come into the store.
type delivery struct {
	id       string
	fence    int64
	exchange bool
	answer   *Answer
	slots    []Slot
}

// deliveries are those of this process, by connection. The zero value is ready.
type deliveries struct {
	mu   sync.Mutex
	each map[string][]*delivery
	n    atomic.Int64 // of connections
}

func (d *deliveries) add(one *delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.each == nil {
		d.each = map[string][]*delivery{}
	}
	d.each[one.id] = append(d.each[one.id], one)
	d.n.Store(int64(len(d.each)))
}

func (d *deliveries) of(id string) []*delivery {
	if d.n.Load() == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.each[id])
}

func (d *deliveries) ids() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Keys(d.each))
}

// done forgets a delivery and what the journal has of it.
func (d *deliveries) done(one *delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	rest := slices.DeleteFunc(d.each[one.id], func(other *delivery) bool { return other == one })
	if d.each[one.id] = rest; len(rest) == 0 {
		delete(d.each, one.id)
	}
	d.n.Store(int64(len(d.each)))
	for _, s := range one.slots {
		s.Release()
	}
}

// takeLeft makes deliveries of what an earlier process left in the journal.
func (e *Engine) takeLeft() {
	recordings := map[string]*delivery{}
	for _, s := range e.journal.Left() {
		d, err := readEntry(s)
		if err != nil {
			e.log.Error("an entry of the journal cannot be read and stays there", "entry", s.Name(), "error", err)
			continue
		}
		if d.answer.Recorded == nil {
			e.deliveries.add(d)
			continue
		}
		if first, ok := recordings[s.Name()]; ok { // one hook received several
			first.answer.Recorded = append(first.answer.Recorded, d.answer.Recorded...)
			first.slots = append(first.slots, s)
			continue
		}
		recordings[s.Name()] = d
		e.deliveries.add(d)
	}
}

// deliverAll tries each delivery once. While the store is away, one try is enough.
func (e *Engine) deliverAll(ctx context.Context) {
	for _, id := range e.deliveries.ids() {
		err := e.deliver(ctx, id)
		if err != nil && (ctx.Err() != nil || AsError(err).Code == CodeStoreUnavailable) {
			return
		}
		if err != nil {
			e.log.Error("delivering a kept answer", "connection", id, "error", err)
		}
	}
}

// errOccupied says that a connection has another answer to go on with first.
var errOccupied = errors.New("another answer waits there")

// deliver brings what the journal keeps of a connection into the store.
func (e *Engine) deliver(ctx context.Context, id string) error {
	for _, d := range e.deliveries.of(id) {
		err := e.deliverOne(ctx, d)
		switch {
		case errors.Is(err, errOccupied):
			continue
		case err != nil && AsError(err).Code != CodeNotFound:
			return err
		}
		e.deliveries.done(d)
	}
	return nil
}

// deliverOne gives a connection the answer: as that which it waits for, or as a spare where another node has taken over. An
// answer that it has got already, or one of a former grant, leaves it as it is.
func (e *Engine) deliverOne(ctx context.Context, d *delivery) error {
	used := false
	c, err := e.change(ctx, d.id, func(c *Connection) error {
		err := d.give(c)
		used = err == nil
		return err
	})
	if err != nil || !used {
		return err
	}
	e.log.Info("an answer that the journal kept is stored", "connection", d.id, "exchange", d.exchange)
	if d.exchange {
		e.background(func() { _, _ = e.resume(context.WithoutCancel(ctx), c) }) // a failure is stored where it happens
	}
	e.trySpareSoon(ctx, c)
	return nil
}

func (d *delivery) give(c *Connection) error {
	waits := c.Renewal.Answer
	switch {
	case d.answer.Recorded != nil && !worth(d.answer.Recorded): // what it asked for last is as unknown as without it
		return errUnchanged
	case hasAnswer(c, d.answer):
		return errUnchanged
	case waits != nil && waits.isBefore(d.answer):
		more := *waits
		more.Recorded = slices.Concat(waits.Recorded, waits.lacks(d.answer.Recorded))
		c.Renewal.Answer = &more
		return nil
	case d.exchange && c.Grant.At.After(d.answer.ReceivedAt), !d.exchange && (c.Token == nil || c.Grant.Fence > d.fence):
		return errUnchanged // there is a newer grant
	case d.exchange && waits != nil, !d.exchange && waits != nil && waits.Exchange != nil:
		return errOccupied
	case d.exchange:
		free := *d.answer
		free.Node = "" // whoever has time goes on with it
		c.Renewal.Answer = &free
		if c.Token == nil {
			c.Renewal.Lease = nil
		}
		return nil
	case c.Fence == d.fence && (c.Status != ReconnectRequired || c.Renewal.Over):
		d.settles(c)
		return nil
	}
	return spare(c, d.answer)
}

// settles makes the answer that which a connection waits for. What was not known before it is of no more account: how many
// outcomes were, until when its coming was waited for, and that the connection was given up for want of it.
func (d *delivery) settles(c *Connection) {
	r := &c.Renewal
	r.Answer, r.Lease = d.answer, nil
	r.Unknown, r.Over, r.NotBefore = 0, false, time.Time{}
	if c.Status == ReconnectRequired {
		c.Status = Connected
	}
}

// isBefore tells whether b is what a hook received that was run again with what a recorded: both are of one renewal, or
// of one exchange.
func (a *Answer) isBefore(b *Answer) bool {
	return a.Recorded != nil && b.Recorded != nil && a.sameTime(b)
}

func (a *Answer) sameTime(b *Answer) bool {
	return a.ReceivedAt.Equal(b.ReceivedAt) && (a.Exchange == nil) == (b.Exchange == nil)
}

// lacks are those of some recorded answers that a has not.
func (a *Answer) lacks(recorded []Recorded) []Recorded {
	var list []Recorded
	for _, one := range recorded {
		if !slices.ContainsFunc(a.Recorded, func(has Recorded) bool {
			return has.Method == one.Method && has.URL == one.URL && has.Body.Equal(one.Body)
		}) {
			list = append(list, one)
		}
	}
	return list
}

// hasAnswer tells whether a connection has a token of this answer, or the answer itself.
func hasAnswer(c *Connection, a *Answer) bool {
	for _, kept := range []*Answer{c.Renewal.Answer, c.Renewal.Spare} {
		if kept != nil && kept.sameTime(a) && (kept.Recorded == nil || len(kept.lacks(a.Recorded)) == 0) {
			return true
		}
	}
	return c.Token != nil && c.Token.IssuedAt.Equal(a.ReceivedAt) || a.Exchange != nil && c.Grant.At.Equal(a.ReceivedAt)
}

// spare keeps a late answer on a connection, the newest of several. What only a hook can make something of waits for the
// next attempt.
func spare(c *Connection, a *Answer) error {
	if a.Recorded != nil && c.Token != nil && c.Renewal.Answer == nil {
		c.Renewal.Answer = a
		return nil
	}
	if old := c.Renewal.Spare; c.Token == nil || a.Response == nil || old != nil && old.ReceivedAt.After(a.ReceivedAt) {
		return errUnchanged
	}
	c.Renewal.Spare = a
	return nil
}

// givenUp tells whether nothing renews a connection any more, save a spare.
func (c *Connection) givenUp() bool { return c.Status == ReconnectRequired || c.Renewal.Over }

// keepLate stores an answer that came when the lease was another's already.
func (e *Engine) keepLate(ctx context.Context, k *keeping) error {
	if k == nil || k.answer == nil {
		return nil
	}
	e.log.Warn("an answer came after the lease had ended, and is kept", "connection", k.id)
	var c *Connection
	err := e.insist(ctx, k, func() (err error) {
		c, err = e.change(ctx, k.id, func(c *Connection) error {
			if hasAnswer(c, k.answer) || c.Grant.Fence > k.fence {
				return errUnchanged
			}
			return spare(c, k.answer)
		})
		return err
	})
	if err == nil {
		k.stored()
		e.trySpareSoon(ctx, c)
	}
	return err
}

// trySpareSoon uses the spare of a connection whose grant has been given up meanwhile.
func (e *Engine) trySpareSoon(ctx context.Context, c *Connection) {
	if c.givenUp() && c.Renewal.Spare != nil {
		e.background(func() {
			for range 3 { // the first may share what is just going on
				now, err := e.renew(context.WithoutCancel(ctx), c, occasion{by: ByBackground})
				if err == nil && now.Renewal.Spare == nil {
					return
				}
				if now, err = e.stored(ctx, c.ID); err != nil || now.Renewal.Spare == nil {
					return
				}
			}
		})
	}
}
