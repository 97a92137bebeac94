package jsbridge

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"claviger/jsbridge/wire"
	"claviger/mapping/finding"
)

// checkWall is how long looking at one script may take; its other limits are the defaults of a call.
const checkWall = 20 * time.Second

// Check parses, lowers and compiles every file of a script, runs its top level (without network and console), and tells
// what is wrong with it: also where the entry exports nothing callable for one of methods. Positions are the author's. A
// file that ends the worker is a finding like any other. The error is about the pool or ctx, never about the files.
func (p *Pool) Check(ctx context.Context, s *Script, connector string, methods ...string) (finding.List, error) {
	var found finding.List
	var skip []string
	for {
		c := &checking{pool: p, script: s, connector: connector, head: wire.CheckHead{Methods: methods, Skip: skip}}
		list, killer, err := c.run(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
		if killer == "" || len(skip) == len(s.Files) {
			return found.Sort(), nil
		}
		skip = append(skip, killer)
	}
}

// checking is one exchange of a check.
type checking struct {
	pool      *Pool
	script    *Script
	connector string
	head      wire.CheckHead
}

// run returns the findings; killer names the file on which the worker died, to be left out next time.
func (c *checking) run(ctx context.Context) (list finding.List, killer string, err error) {
	limits := Limits{Wall: checkWall}.filled()
	c.head.Hash, c.head.Seed = c.script.hash, make([]byte, 32)
	c.head.Memory, c.head.Fetches, c.head.Log = limits.Memory, limits.Fetches, limits.Log
	if _, err := rand.Read(c.head.Seed); err != nil {
		return nil, "", err
	}
	s := &session{call: &Call{Connector: c.connector, Script: c.script}, limits: limits}
	f, err := c.pool.exchange(ctx, s, wire.Check, c.head, nil)
	if err == nil && f.Kind == wire.Checked && s.stoppedFor() == "" {
		list, err = c.read(f)
		return list, "", err
	}
	if err != nil && (ctx.Err() != nil || s.worker == nil || errors.Is(err, errOverloaded)) {
		return nil, "", fmt.Errorf("cannot check %s: %w", c.script.Entry, err)
	}
	return c.died(ctx, s, f, err)
}

// read is the worker's findings, as far as they can be believed.
func (c *checking) read(f wire.Frame) (finding.List, error) {
	var told []wire.Finding
	if err := json.Unmarshal(f.Body, &told); err != nil {
		return nil, fmt.Errorf("cannot check %s: %w", c.script.Entry, err)
	}
	list := make(finding.List, 0, len(told))
	for _, t := range told {
		file, line, col := c.script.resolve(t.Place)
		severity := finding.Severity(t.Severity)
		if severity != finding.Warning && severity != finding.Note {
			severity = finding.Error
		}
		list = append(list, finding.Finding{
			Pos: finding.Pos{File: file, Line: line, Col: col}, Severity: severity,
			Message: oneLine(t.Message, maxMessage), Suggestion: oneLine(t.Suggestion, maxMessage),
		})
	}
	return list, nil
}

// died is the finding for a script that ended the worker, or that the parent had to stop.
func (c *checking) died(ctx context.Context, s *session, f wire.Frame, err error) (finding.List, string, error) {
	var e *Error
	if err == nil {
		e = s.failed(f, s.stoppedFor())
	} else {
		e = s.failure(ctx, err)
	}
	at := finding.Pos{File: e.File, Line: e.Line, Col: e.Col}
	return finding.List{finding.Errorf(at, "%s", e.Message)}, s.compiling(c.script), nil
}

// compiling is the file that the worker announced last; "" where it died of something else.
func (s *session) compiling(script *Script) string {
	if _, ok := script.Files[s.place.File]; ok {
		return s.place.File
	}
	return ""
}
