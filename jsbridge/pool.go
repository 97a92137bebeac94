package jsbridge

import (
	"context"
	"log/slog"

	"claviger/mapping/finding"
)

// PoolConfig says how workers are started.
type PoolConfig struct {
	Command []string     // program and arguments of a worker; nil: this program with the argument "hook-worker"
	Size    int          // how many workers there are at most; 0: the number of CPUs, at least 2
	Log     *slog.Logger // workers that die or do not start; nil: dropped
}

// Pool is a set of worker processes. Safe for concurrent use. Close it.
type Pool struct{ config PoolConfig }

// NewPool returns a pool and begins to start its first worker.
func NewPool(c PoolConfig) *Pool { return &Pool{config: c} }

// Close ends all workers and fails calls that are under way. It returns when the processes are gone.
func (p *Pool) Close() {}

// Call runs a hook and returns its result: a value, value.Undefined where it returned undefined. The error is an *Error.
func (p *Pool) Call(ctx context.Context, c Call) (any, error) {
	return nil, &Error{Connector: c.Connector, File: c.Script.Entry, Line: 1, Col: 1, Message: "hooks do not run yet"}
}

// Check parses, lowers and compiles every file of a script, runs its top level, and tells what is wrong with it: also
// where it exports nothing callable for one of methods. The error is about the pool, never about the author's files.
func (p *Pool) Check(ctx context.Context, s *Script, connector string, methods ...string) (finding.List, error) {
	return nil, nil
}
