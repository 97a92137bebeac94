package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"claviger/runtime"
)

// keysCommand works on the database itself, beside a running server or without one.
type keysCommand struct {
	Create createKey `cmd:"" help:"Create a key and print it; it is not to be had again."`
	List   listKeys  `cmd:"" help:"List keys."`
	Revoke revokeKey `cmd:"" help:"Revoke a key; every node knows within a second."`
}

type createKey struct {
	storage
	Name        string   `help:"What the key is for." placeholder:"TEXT"`
	Scope       []string `required:"" enum:"admin,connect,use" help:"What it may do; repeatable." placeholder:"admin|connect|use"`
	Owner       []string `sep:"none" help:"Limit it to an owner; repeatable." placeholder:"OWNER"`
	Integration []string `sep:"none" help:"Limit it to an integration; repeatable." placeholder:"KEY"`
}

// Run creates the key; stdout is the key alone, so that a script can take it.
func (k createKey) Run(w *world) error {
	return k.with(w.ctx, func(s runtime.Store) error {
		at, err := s.Now(w.ctx)
		if err != nil {
			return err
		}
		key := runtime.APIKey{Name: k.Name, Owners: k.Owner, Integrations: k.Integration}
		for _, scope := range k.Scope {
			key.Scopes = append(key.Scopes, runtime.Scope(scope))
		}
		made, text, err := runtime.CreateKey(w.ctx, s, key, at)
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stdout, text)
		fmt.Fprintln(w.stderr, "created", made.ID)
		return nil
	})
}

type listKeys struct {
	storage
}

// Run prints a line a key.
func (k listKeys) Run(w *world) error {
	return k.existing(w.ctx, func(s runtime.Store) error {
		keys, err := s.Keys(w.ctx)
		if err != nil {
			return err
		}
		out := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(out, "ID\tNAME\tSCOPES\tOWNERS\tINTEGRATIONS\tCREATED")
		for _, key := range keys {
			scopes := make([]string, len(key.Scopes))
			for i, s := range key.Scopes {
				scopes[i] = string(s)
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", key.ID, key.Name, strings.Join(scopes, ","), orAll(key.Owners), orAll(key.Integrations), key.CreatedAt.UTC().Format(time.RFC3339))
		}
		return out.Flush()
	})
}

func orAll(list []string) string {
	if len(list) == 0 {
		return "all"
	}
	return strings.Join(list, ",")
}

type revokeKey struct {
	storage
	ID string `arg:"" help:"The id that create and list print."`
}

// Run revokes the key.
func (k revokeKey) Run(w *world) error {
	return k.existing(w.ctx, func(s runtime.Store) error {
		err := s.DeleteKey(w.ctx, k.ID)
		if errors.Is(err, runtime.ErrNotFound) {
			return fmt.Errorf("there is no key %q; `claviger keys list` lists them", k.ID)
		}
		return err
	})
}
