package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"claviger/jsbridge"
)

// firstWorker is how long the start waits for the first hook worker.
const firstWorker = 30 * time.Second

// confine tells what hook workers are confined by. Where the whole sandbox is required and not to be had the server does
// not start; otherwise a part that is missing is a warning.
func (h *house) confine(ctx context.Context, pool *jsbridge.Pool, required bool) error {
	ctx, cancel := context.WithTimeout(ctx, firstWorker)
	defer cancel()
	report, err := pool.Sandbox(ctx)
	switch {
	case err != nil && required:
		return fmt.Errorf("--hook-sandbox=require: no hook worker can be used: %w", err)
	case err != nil:
		h.sandbox = "no hook worker has started: " + err.Error()
		h.log.Error("hook sandbox", "error", err)
		return nil
	}
	h.sandbox = report.String()
	level := slog.LevelInfo
	if !report.IsComplete() {
		level = slog.LevelWarn
	}
	h.log.Log(ctx, level, "hook sandbox", "active", report.String())
	return nil
}
