package main

import (
	"context"
	"errors"
	"os"

	"claviger/connectors"
	"claviger/runtime/httpapi"
)

// checks are what /readyz looks at besides the store.
func (s *serveCommand) checks(set *connectors.Set, h *house) []httpapi.Check {
	return []httpapi.Check{
		{Name: "data", Run: func(context.Context) (string, error) { return "ok", writable(s.Data) }},
		{Name: "connectors", Run: func(context.Context) (string, error) {
			if len(set.All()) == 0 {
				return "", errors.New("no connector is loaded; GET /v1/connectors lists the findings")
			}
			return "ok", nil
		}},
		{Name: "hookSandbox", Run: func(context.Context) (string, error) { return h.sandbox, nil }},
	}
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".ready-*")
	if err != nil {
		return errors.New("the data folder cannot be written")
	}
	_, err = f.WriteString("ok")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}
