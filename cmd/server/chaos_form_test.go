package main

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	formVariable = "CLAVIGER_CHAOS"      // long: the figures
	seedVariable = "CLAVIGER_CHAOS_SEED" // a number, to repeat a run
)

// chaosLong tells whether the long form runs.
func chaosLong() bool { return os.Getenv(formVariable) == "long" }

// figure is a figure of the form that runs.
func figure[T any](short, long T) T {
	if chaosLong() {
		return long
	}
	return short
}

// chaosSeed is what all randomness of a test comes from. It is printed when the test fails.
func chaosSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv(seedVariable)
	if text == "" {
		return rand.Uint64() >> 1
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", seedVariable, err)
	}
	return seed
}

// jitter is a random span between half of d and one and a half.
func jitter(r *rand.Rand, d time.Duration) time.Duration {
	return d/2 + time.Duration(r.Int64N(int64(d)))
}
