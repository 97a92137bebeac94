package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"claviger/runtime"
	"claviger/runtime/seal"
)

// rotateCommand changes the encryption key, beside running servers or without one. Each step can be taken again: where the
// command was ended, it goes on when it is run again.
//
//	new key: opens ──every live node knows it──▶ seals ──every live node seals with it──▶ records sealed anew ──▶ --finish
type rotateCommand struct {
	storage
	Finish bool          `xor:"what" help:"Drop the old keys, which nothing must be sealed with any more."`
	Status bool          `xor:"what" help:"Show the keys, how many records each of them seals, and the nodes."`
	NoWait bool          `name:"no-wait" help:"Do not wait until all records are sealed anew; the servers go on by themselves."`
	Wait   time.Duration `default:"60s" help:"How long to wait for nodes that have not taken a step yet."`
}

// Help is what --help says besides the flags.
func (rotateCommand) Help() string {
	return `Makes a new key that opens records, lets it seal them as soon as every live server knows it, and waits until all records are sealed with it. Then "claviger rotate --finish" drops the old key. Run again, it goes on where it was ended. Servers go on serving meanwhile.

A keyset in a file is written in its place; servers that have copies of the file need the new one from you. Of a keyset that comes from env: or exec: the next one is printed, alone on the standard output: store it where the present one is, and run the command again.`
}

// Run takes the next steps.
func (r rotateCommand) Run(w *world) error {
	if first, err := r.first(w.ctx); err != nil || first {
		if err != nil {
			return err
		}
		return printKeyset(w, seal.New(), "this is a first keyset: store it where --keyset finds it")
	}
	if err := r.exists(w.ctx); err != nil {
		return err
	}
	store, ring, err := r.open(w.ctx)
	if err != nil {
		return err
	}
	t := &rotation{w: w, store: store, ring: ring, keyset: r.keyset(), wait: r.Wait}
	if t.keys, err = seal.Read(w.ctx, t.keyset); err == nil {
		switch {
		case r.Status:
			err = t.status()
		case r.Finish:
			err = t.finish()
		default:
			err = t.rotate(r.NoWait)
		}
	}
	return errors.Join(err, store.Close())
}

// first tells whether there is neither a keyset, where this command cannot make one, nor anything that it would be needed for.
func (r *rotateCommand) first(ctx context.Context) (bool, error) {
	if seal.IsFile(r.keyset()) {
		return false, nil
	}
	if _, err := seal.Read(ctx, r.keyset()); !errors.Is(err, fs.ErrNotExist) {
		return false, nil // if it is not that there is none, opening says it
	}
	used, err := r.used(ctx)
	return !used && err == nil, err
}

// rotation is the keys of a store on their way.
type rotation struct {
	w      *world
	store  runtime.Store
	ring   *seal.Ring
	keyset string       // its name
	keys   *seal.Keyset // as it is there now
	wait   time.Duration
}

func (t *rotation) say(format string, args ...any) { fmt.Fprintf(t.w.stderr, format+"\n", args...) }

// rotate goes from wherever the keys are to where all records are sealed with a new one.
func (t *rotation) rotate(noWait bool) error {
	if t.keys.Next() == "" && len(t.keys.Old()) == 0 {
		if stored, err := t.change("made a new key, which opens records", (*seal.Keyset).WithNew); err != nil || !stored {
			return err
		}
	}
	if next := t.keys.Next(); next != "" {
		err := t.await("know key "+next, func(n runtime.Node) bool { return slices.Contains(n.Keys, next) })
		if err != nil {
			return fmt.Errorf("%w; key %s only opens records until all know it", err, next)
		}
		if stored, err := t.change("the new key seals records now", (*seal.Keyset).Activated); err != nil || !stored {
			return err
		}
	}
	active := t.keys.Active()
	err := t.await("seal with key "+active, func(n runtime.Node) bool { return n.Active == active })
	if err != nil {
		return fmt.Errorf("%w; records are sealed anew when all do", err)
	}
	if noWait {
		t.say("records are sealed anew by the servers; `claviger rotate --status` shows how far that is")
		return nil
	}
	return t.reseal()
}

// change changes the keyset where it can be written, and prints it where not: then it is not stored yet.
func (t *rotation) change(done string, f func(*seal.Keyset) *seal.Keyset) (stored bool, err error) {
	if !seal.IsFile(t.keyset) {
		return false, printKeyset(t.w, f(t.keys), "store this keyset in the place of the present one, for every node, and run this command again")
	}
	err = seal.Edit(t.keyset, func(k *seal.Keyset) (*seal.Keyset, error) {
		if k.Active() != t.keys.Active() || !slices.Equal(k.Keys(), t.keys.Keys()) {
			return nil, errors.New("another command has changed the keyset meanwhile: run this one again")
		}
		t.keys = f(k)
		return t.keys, nil
	})
	if err != nil {
		return false, err
	}
	if err := t.ring.Reload(t.w.ctx); err != nil { // the database knows the keys before anything is sealed with them
		return false, err
	}
	t.say("%s: %s is changed; nodes that have a copy of it need the new one", done, t.keyset)
	return true, nil
}

func printKeyset(w *world, k *seal.Keyset, what string) error {
	text, err := k.Text()
	if err == nil {
		_, err = w.stdout.Write(text)
	}
	fmt.Fprintln(w.stderr, what)
	return err
}
