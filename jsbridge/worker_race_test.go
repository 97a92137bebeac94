//go:build race

package jsbridge_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// plainWorker builds the program once, without the race detector, whose own memory goes over every limit of a worker. What
// is concurrent, and watched, is the parent; a worker runs one call at a time.
var plainWorker = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hook-worker-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "claviger")
	return path, exec.Command("go", "build", "-race=false", "-o", path, "claviger/cmd/server").Run()
})

func workerCommand(t testing.TB) []string {
	t.Helper()
	path, err := plainWorker()
	if err != nil {
		t.Fatal(err)
	}
	return []string{path, "hook-worker"}
}
