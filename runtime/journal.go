package runtime

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claviger/mapping/value"
)

// Journal keeps token answers on this node's own disk until the store has them; package journal has one. Safe for
// concurrent use.
type Journal interface {
	// Reserve takes room for one entry. Its error means that nothing may be sent whose answer would have to be kept.
	Reserve() (Slot, error)
	// Left are the entries of an earlier process, the oldest first.
	Left() []Slot
}

// Slot is room for one entry.
type Slot interface {
	// Write keeps an entry: it is durable when Write returns. It is called once.
	Write(name string, plain []byte) error
	Name() string  // of what was left
	Plain() []byte // likewise
	// Release forgets the entry. A crash may bring it back.
	Release()
}

// noJournal is in the place of a journal where there is none.
type noJournal struct{}

func (noJournal) Reserve() (Slot, error) { return noSlot{}, nil }
func (noJournal) Left() []Slot           { return nil }

type noSlot struct{}

func (noSlot) Write(string, []byte) error {
	return errors.New("there is no journal to keep the answer in")
}
func (noSlot) Name() string  { return "" }
func (noSlot) Plain() []byte { return nil }
func (noSlot) Release()      {}

// keeping is the care for the answer to one token request:
//
//	reserved ──▶ (answer) kept ──▶ stored: released
//	                        └────▶ the store is away: left to the deliveries
//
// An entry is the JSON object {connection, fence, exchange, answer}; answer is what Answer.Members says. It is used by one
// goroutine at a time. The nil keeping is that of a request whose answer can be had again.
type keeping struct {
	e        *Engine
	id       string // of the connection
	fence    int64  // of the lease; at an exchange that which the connection had before
	exchange bool
	tag      string // tells exchanges of one connection apart
	slot     Slot
	answer   *Answer // as it is or will be kept; nil: none has come
	written  bool
	safe     bool   // the record has it, or tells what came of it
	recorded []Slot // of what a hook received
}

// reserve takes room for an answer. Without it nothing is sent.
func (e *Engine) reserve(id string, exchange bool) (*keeping, error) {
	slot, err := e.journal.Reserve()
	if err != nil {
		return nil, &Error{Code: CodeStoreUnavailable, RetryAfter: 5 * time.Second, Err: err,
			Message: "nothing was sent, for there is no room to keep the answer: the disk of the data folder is full or cannot be written"}
	}
	k := &keeping{e: e, id: id, exchange: exchange, slot: slot}
	if exchange {
		k.tag = "/" + newID("x")
	}
	return k, nil
}

// came notes the answer. Where the store is not on this machine's own disk it is kept at once; where it is, the store keeps
// it as well, and the journal only if that fails.
func (k *keeping) came(a *Answer) {
	if k == nil {
		return
	}
	k.answer, k.written = a, false
	if !k.e.localStore {
		k.keep()
	}
}

// keep writes the answer into the journal, as soon as the store does not take what was made of it. Should that fail too, the
// answer is still here, and the store goes on being asked.
func (k *keeping) keep() {
	if k == nil || k.answer == nil || k.written {
		return
	}
	k.written = k.write(k.slot, k.answer) == nil
}

// write writes an entry.
func (k *keeping) write(s Slot, a *Answer) error {
	plain, err := value.Encode(value.Of("connection", k.id, "fence", value.Int(k.fence), "exchange", k.exchange, "answer", a.Members()))
	if err == nil {
		err = s.Write(k.name(), plain)
	}
	if err != nil {
		k.e.log.Error("an answer could not be kept in the journal", "connection", k.id, "error", err)
	}
	return err
}

// name is of all entries of one attempt.
func (k *keeping) name() string {
	kind := "renewal"
	if k.exchange {
		kind = "exchange"
	}
	return fmt.Sprintf("%s/%s/%d%s", kind, k.id, k.fence, k.tag)
}

// end gives the room back where the answer, should one have come, may be forgotten: what has become of it is in the
// connection's record. Else it goes on being delivered.
func (k *keeping) end(ctx context.Context) {
	if k == nil {
		return
	}
	if k.answer != nil && !k.safe && !k.e.forgettable(ctx, k) {
		k.keep()
		k.e.deliveries.add(&delivery{id: k.id, fence: k.fence, exchange: k.exchange, answer: k.answer, slots: append(k.recorded, k.slot)})
		return
	}
	for _, s := range append(k.recorded, k.slot) {
		s.Release()
	}
}

// stored notes that the record has the answer, or tells what came of it.
func (k *keeping) stored() {
	if k != nil {
		k.safe = true
	}
}

// forgettable asks the record whether an answer is of any more use.
func (e *Engine) forgettable(ctx context.Context, k *keeping) bool {
	c, err := e.stored(ctx, k.id)
	switch {
	case err != nil:
		return AsError(err).Code == CodeNotFound
	case hasAnswer(c, k.answer):
		return true
	case k.exchange:
		return c.Grant.At.After(k.answer.ReceivedAt)
	}
	return c.Status == ReconnectRequired && c.Fence == k.fence || c.Grant.Fence > k.fence
}

// readEntry reads what keep wrote.
func readEntry(s Slot) (*delivery, error) {
	o, err := value.DecodeObject(s.Plain())
	if err != nil {
		return nil, err
	}
	d := &delivery{id: o.Text("connection"), exchange: o.Get("exchange") == true, slots: []Slot{s}}
	if _, err := fmt.Sscan(value.String(o.Get("fence")), &d.fence); err != nil {
		return nil, err
	}
	answer, ok := o.Get("answer").(*value.Object)
	if !ok || d.id == "" {
		return nil, errors.New("expected a connection and an answer")
	}
	d.answer, err = AnswerOf(answer)
	return d, err
}

// Deliver stores, until ctx ends, the answers that the journal keeps and the store has not: those of an earlier process,
// and those of a time when the store was away.
func (e *Engine) Deliver(ctx context.Context) {
	tick := time.NewTicker(deliverEvery)
	defer tick.Stop()
	for {
		e.deliverAll(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const deliverEvery = 500 * time.Millisecond
