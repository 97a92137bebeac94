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

// checkWall is how long looking at one script may take; its other limits are PoolConfig.Check.
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
	limits := Limits{Wall: checkWall}.Under(c.pool.config.Check)
	c.head.Hash, c.head.Seed = c.script.hash, make([]byte, 32)
	c.head.Memory, c.head.Fetches, c.head.Log = limits.Memory, limits.Fetches, limits.Log
	if _, err := rand.Read(c.head.Seed); err != nil {
		return nil, "", err
	}
	s := &session{call: &Call{Connector: c.connector, Script: c.script}, limits: limits}
	err = c.pool.exchange(ctx, s, request{wire.Check, c.head, nil}, func(f wire.Frame) (err error) {
		list, err = c.read(s, f)
		return err
	})
	var busy *overloaded
	switch {
	case err == nil:
		return list, s.killer(), nil
	case ctx.Err() != nil || s.worker == nil || errors.As(err, &busy):
		return nil, "", fmt.Errorf("cannot check %s: %w", c.script.Entry, err)
	}
	return finding.List{findingOf(s.failure(ctx, err))}, s.killer(), nil
}

// killer is the file that was being compiled when the worker ended or was stopped; "" where it was none.
func (s *session) killer() string {
	if _, ok := s.call.Script.Files[s.place.File]; ok {
		return s.place.File
	}
	return ""
}

// read is the worker's findings, as far as they can be believed.
func (c *checking) read(s *session, f wire.Frame) (finding.List, error) {
	if limit := s.stoppedFor(); limit != "" {
		e, err := s.failed(f, limit)
		if err != nil {
			return nil, err
		}
		return finding.List{findingOf(e)}, nil
	}
	var told []wire.Finding
	if f.Kind != wire.Checked || len(f.Body) > wire.MaxHead {
		return nil, &misbehaved{"no findings"}
	}
	if err := json.Unmarshal(f.Body, &told); err != nil {
		return nil, &misbehaved{err.Error()}
	}
	list := make(finding.List, 0, len(told))
	for _, t := range told {
		list = append(list, c.script.finding(t))
	}
	return list, nil
}

func (s *Script) finding(told wire.Finding) finding.Finding {
	file, line, col := s.resolve(told.Place)
	severity := finding.Severity(told.Severity)
	if severity != finding.Warning && severity != finding.Note {
		severity = finding.Error
	}
	return finding.Finding{
		Pos: finding.Pos{File: file, Line: line, Col: col}, Severity: severity,
		Message: oneLine(told.Message, maxMessage), Suggestion: oneLine(told.Suggestion, maxMessage),
	}
}

// findingOf is the failure of a check as a finding: the script has ended its worker, or had to be stopped.
func findingOf(e *Error) finding.Finding {
	return finding.Errorf(finding.Pos{File: e.File, Line: e.Line, Col: e.Col}, "%s", e.Message)
}
