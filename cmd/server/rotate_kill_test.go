package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// Whoever seals records anew is killed in the middle of it; it goes on behind what was done.
func TestResealingGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	const records = 6000
	c := newScene(t, folder(t, "oauth-body"), fakeprovider.Options{})
	id := c.connections(1)[0]
	c.beside(func(s runtime.Store) error {
		return parallel(64, func(i int) (err error) {
			for n := i; n < records && err == nil; n += 64 {
				key := fmt.Sprintf("i%04d", n)
				err = s.PutIntegration(t.Context(), &runtime.Integration{Key: key, Connector: "oauth-body", Parameters: value.Of("secret", key)})
			}
			return err
		})
	})
	at := func() (p runtime.Resealing) {
		c.beside(func(s runtime.Store) (err error) { p, err = s.Resealing(t.Context()); return err })
		return p
	}
	isAt := func(s runtime.Store, before string) bool {
		p, err := s.Resealing(t.Context())
		return err == nil && p.Key != before && p.Records > 0 && !p.Done
	}
	for name, round := range map[string]func(active string){
		"by the server": func(active string) {
			c.rotate("--no-wait")
			c.beside(func(s runtime.Store) error {
				eventually(t, 10*time.Second, "it is at it", func() bool { return isAt(s, active) })
				c.Kill()
				return nil
			})
		},
		"by the command": func(active string) {
			c.Stop()
			cmd, told := c.rotating()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			c.beside(func(s runtime.Store) error {
				eventually(t, 10*time.Second, "it is at it", func() bool { return isAt(s, active) })
				return cmd.Process.Kill()
			})
			if err := cmd.Wait(); err == nil {
				t.Fatalf("it had ended: %s", told)
			}
		},
	} {
		before := keysOf(t, c.keyset()).Active()
		round(before)
		p := at()
		if p.Done || p.Records == 0 || p.Records >= records {
			t.Fatalf("%s: it was not in the middle: %+v", name, p)
		}
		c.Start()
		began := time.Now()
		eventually(t, 60*time.Second, name+" and on", func() bool { return at().Done })
		if done := at(); done.Records != records+2 { // with the two of the scene; none of them twice
			t.Errorf("%s: %+v", name, done)
		}
		t.Logf("%s: killed after %d, the rest took %s", name, p.Records, time.Since(began).Round(time.Millisecond))
		wantIn(t, c.rotate("--status"), before+"  old     0")
		c.rotate("--finish")
		c.token(id)
	}
	c.beside(func(s runtime.Store) error {
		i, err := s.Integration(t.Context(), "i0123")
		if err == nil && i.Parameters.Text("secret") != "i0123" {
			err = errors.New("not what was stored")
		}
		return err
	})
	if strings.Contains(c.Log(), "cannot be opened") {
		t.Error("a record could not be opened")
	}
}
