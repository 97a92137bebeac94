//go:build !linux

package sandbox

import "errors"

var errSystem = errors.New("only Linux has it")

// Enter can take nothing away on this system.
func Enter(int) Report {
	var r Report
	r.lack("the sandbox", errSystem)
	return r
}

// LimitData can limit nothing on this system.
func LimitData(int64) error { return nil }

// DataSize is not known on this system.
func DataSize(int) (int64, error) { return 0, nil }

// Protect can do nothing on this system.
func Protect() error { return errSystem }
