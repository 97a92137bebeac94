package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A server with many connectors and no call has two hook workers, each of which is small.
func TestManyConnectorsCostTwoWorkers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 1000 {
		folder := filepath.Join(dir, fmt.Sprint("connector-", i))
		if err := os.MkdirAll(filepath.Join(folder, "auth"), 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"spec.yml": abusiveSpec,
			"auth/get-credentials-from-connection-parameters.js": fmt.Sprintf("module.exports = async () => ({access_token: 't%d'})\n", i),
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := startBuilt(t, "--connectors", dir) // the tests of this program would count as memory of the worker's
	workers := awaitWorkers(t, s.cmd.Process.Pid, 2)
	time.Sleep(300 * time.Millisecond) // no more come
	if now := awaitWorkers(t, s.cmd.Process.Pid, 2); len(now) != 2 {
		t.Errorf("%d workers", len(now))
	}
	for _, pid := range workers {
		resident := residentMemory(t, pid)
		t.Logf("an idle worker has %d MiB resident", resident>>20)
		if resident > 40_000_000 {
			t.Errorf("an idle worker has %d bytes resident", resident)
		}
	}
}

// awaitWorkers waits until a process has at least so many children, and gives all it has.
func awaitWorkers(t *testing.T, parent, least int) []int {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var pids []int
		lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			text, _ := os.ReadFile(list) // a thread may have gone
			for _, field := range strings.Fields(string(text)) {
				pid, err := strconv.Atoi(field)
				if err != nil {
					t.Fatal(err)
				}
				pids = append(pids, pid)
			}
		}
		if len(pids) >= least {
			return pids
		}
		if time.Now().After(end) {
			t.Fatalf("%d workers, want %d", len(pids), least)
		}
	}
}
