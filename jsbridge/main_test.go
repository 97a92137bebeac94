package jsbridge_test

import (
	"os"
	"testing"

	"claviger/jsbridge/worker"
)

// TestMain lets the test binary be its own worker, as the server is.
func TestMain(m *testing.M) {
	worker.MaybeRun()
	os.Exit(m.Run())
}
