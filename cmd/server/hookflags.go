package main

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"claviger/jsbridge"
)

// hookLimits are the limits of one call of a hook, of which a connector may ask for less, and what confines the workers.
type hookLimits struct {
	HookTimeout time.Duration `default:"30s" help:"Wall time of a hook's call."`
	HookCPU     time.Duration `name:"hook-cpu" default:"10s" help:"CPU time of a hook's call."`
	HookMemory  byteSize      `default:"512MiB" help:"Memory of a hook's call, above the idle worker."`
	HookFetches int           `default:"50" help:"Requests of a hook's call."`
	HookBytes   byteSize      `default:"16MiB" help:"Bytes that a hook's call may receive in all."`
	HookLog     byteSize      `default:"256KiB" help:"Bytes that a hook's call may write to its console."`
	HookWorkers int           `help:"Calls of hooks at a time, each in a process. [four for each CPU, at least 8]" placeholder:"N"`
	HookSandbox string        `default:"auto" enum:"auto,require" help:"Confine hook workers as far as the system can (auto), or run no hook otherwise (require)."`
}

// maxHookBytes is what an answer can have on its way to a hook.
const maxHookBytes = 64 << 20

// Validate refuses limits that nothing could run under.
func (h *hookLimits) Validate() error {
	if h.HookTimeout <= 0 || h.HookCPU <= 0 || h.HookMemory <= 0 || h.HookFetches <= 0 || h.HookBytes <= 0 || h.HookLog <= 0 {
		return fmt.Errorf("limits of hooks must be positive")
	}
	if h.HookBytes > maxHookBytes {
		return fmt.Errorf("--hook-bytes: expected at most 64MiB, which is what can be handed to a hook at once")
	}
	if h.HookWorkers < 0 {
		return fmt.Errorf("expected a number of hook workers, got %d", h.HookWorkers)
	}
	return nil
}

// pool starts workers; size is how many at most unless the flags say so.
func (h *hookLimits) pool(size int, log *slog.Logger) *jsbridge.Pool {
	if h.HookWorkers > 0 {
		size = h.HookWorkers
	}
	return jsbridge.NewPool(jsbridge.PoolConfig{Size: size, Log: log, Check: h.limits(), RequireSandbox: h.HookSandbox == "require"})
}

func (h *hookLimits) limits() jsbridge.Limits {
	return jsbridge.Limits{
		Wall: h.HookTimeout, CPU: h.HookCPU, Memory: int64(h.HookMemory), Fetches: h.HookFetches,
		Bytes: int64(h.HookBytes), Log: int(h.HookLog),
	}
}

// byteSize is a number of bytes, written plainly or with KiB, MiB or GiB.
type byteSize int64

// UnmarshalText reads 512MiB, 16777216 and the like.
func (b *byteSize) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), int64(1)
	for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if rest, ok := strings.CutSuffix(number, suffix); ok {
			number, unit = strings.TrimSpace(rest), factor
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > 1<<40/unit {
		return fmt.Errorf("expected a size such as 512MiB, got %q", text)
	}
	*b = byteSize(n * unit)
	return nil
}
