package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"claviger/runtime"
	"claviger/runtime/seal"
)

// finish drops the old keys. The database forgets them first: a keyset that has lost a key is believed only then.
func (t *rotation) finish() error {
	if next := t.keys.Next(); next != "" {
		return fmt.Errorf("key %s does not seal records yet: run `claviger rotate` first", next)
	}
	old := t.keys.Old()
	if len(old) == 0 {
		t.say("there is no old key")
		return nil
	}
	if err := errors.Join(t.nodesAreDone(), t.recordsAreDone()); err != nil {
		return err
	}
	err := t.await("have nothing in their journals that is sealed with key "+strings.Join(old, ", "), func(n runtime.Node) bool { return !common(n.Sealed, old) })
	if err != nil {
		return err
	}
	if err := t.store.RetireKeys(t.w.ctx, old); err != nil {
		return err
	}
	if err := t.recordsAreDone(); err != nil { // nothing more can come now
		return err
	}
	if err := t.store.DropKeys(t.w.ctx, old); err != nil {
		return err
	}
	stored, err := t.change("dropped key "+strings.Join(old, ", "), func(k *seal.Keyset) *seal.Keyset { return k.Without(old) })
	if err != nil || !stored {
		return err
	}
	return t.await("forget key "+strings.Join(old, ", "), func(n runtime.Node) bool { return !common(n.Keys, old) })
}

// nodesAreDone is an error that names the nodes that seal with an old key.
func (t *rotation) nodesAreDone() error {
	nodes, err := runtime.LiveNodes(t.w.ctx, t.store)
	for _, n := range nodes {
		if n.Active != t.keys.Active() {
			err = errors.Join(err, fmt.Errorf("node %s does not seal with key %s yet: it seals with %s", n.ID, t.keys.Active(), cmp.Or(n.Active, "one that is not known")))
		}
	}
	return err
}

func (t *rotation) recordsAreDone() error {
	l, err := t.foreign()
	if err != nil || l.records == 0 {
		return err
	}
	p, err := t.store.Resealing(t.w.ctx)
	if err == nil && p.Failed > 0 {
		return fmt.Errorf("%s; of %d that could not be opened the first are %s: delete them, or put them back from a backup", l, p.Failed, strings.Join(p.Unopened, ", "))
	}
	return errors.Join(err, fmt.Errorf("%s: run `claviger rotate` first", l))
}

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// status prints what there is, and changes nothing.
func (t *rotation) status() error {
	use, err := t.store.KeyUse(t.w.ctx)
	if err != nil {
		return err
	}
	nodes, err := runtime.LiveNodes(t.w.ctx, t.store)
	if err != nil {
		return err
	}
	p, err := t.store.Resealing(t.w.ctx)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(t.w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "KEY\tSTATE\tRECORDS\t")
	for _, key := range t.keys.Keys() {
		fmt.Fprintf(out, "%s\t%s\t%d\t\n", key, t.state(key), use[key])
		delete(use, key)
	}
	for _, key := range slices.Sorted(maps.Keys(use)) {
		fmt.Fprintf(out, "%s\tnot in the keyset\t%d\t\n", key, use[key])
	}
	fmt.Fprintln(out, "\nNODE\tSEALS WITH\tKNOWS\t")
	for _, n := range nodes {
		fmt.Fprintf(out, "%s\t%s\t%s\t\n", n.ID, n.Active, strings.Join(n.Keys, ", "))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return t.progress(p)
}

func (t *rotation) state(key string) string {
	switch key {
	case t.keys.Active():
		return "active"
	case t.keys.Next():
		return "next"
	}
	return "old"
}

// progress prints how far sealing anew is, where there is a rotation.
func (t *rotation) progress(p runtime.Resealing) error {
	if p.Key != t.keys.Active() || len(t.keys.Old()) == 0 {
		return nil
	}
	how := "under way"
	if p.Done {
		how = "done"
	}
	fmt.Fprintf(t.w.stdout, "\nSealing anew is %s: %d records, and %d that cannot be opened.\n", how, p.Records, p.Failed)
	for _, record := range p.Unopened {
		fmt.Fprintf(t.w.stdout, "cannot be opened: %s\n", record)
	}
	return nil
}
