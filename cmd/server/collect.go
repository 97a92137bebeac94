package main

import (
	"os"
	goruntime "runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbageFloor is how much garbage, in bytes, is always worth waiting for: the heap of a server is small and short-lived,
// and collecting at every doubling of it would cost a core under load.
const garbageFloor = 96 << 20

// collectLater makes the garbage collector run when the heap has doubled or has grown by garbageFloor, whichever is
// later: a large heap does not keep several times its size, as it would with a large GOGC alone. GOGC in the environment
// has the last word.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	adjust(nil)
}

// generation is dropped and collected once a cycle, which is when its finalizer runs.
type generation struct{ _ [16]byte }

// adjust goes by what the last collection has left alone: the goal that follows stays where it is while the heap does, and no
// memory is given back that is asked for again at once.
func adjust(*generation) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(percentFor(live[0].Value.Uint64()))
	goruntime.SetFinalizer(&generation{}, adjust)
}

// percentFor is the GOGC for a heap that has so many bytes after a collection.
func percentFor(live uint64) int {
	return int(max(100, garbageFloor*100/max(live, 4<<20)))
}
