//go:build !race

package jsbridge_test

import "testing"

// workerCommand is nil: the test binary is its own worker.
func workerCommand(testing.TB) []string { return nil }
