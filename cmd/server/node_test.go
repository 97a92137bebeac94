package main

import (
	"strings"
	"syscall"
	"testing"
)

// A data folder is one process's, and free when that has left it, though a process is just being forked that shares its
// lock until it runs its program.
func TestDataFolderIsLeftWhileAProcessIsForked(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	n, err := takeNode(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := takeNode(data); err == nil || !strings.Contains(err.Error(), "another claviger uses the data folder "+data) {
		t.Errorf("taken twice: %v", err)
	}
	forked, err := syscall.Dup(int(n.lock.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(forked)
	n.leave()
	again, err := takeNode(data)
	if err != nil {
		t.Fatal(err)
	}
	defer again.leave()
	if again.id != n.id {
		t.Errorf("another id: %s, %s", n.id, again.id)
	}
}
