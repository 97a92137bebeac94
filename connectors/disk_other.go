//go:build !linux

package connectors

import (
	"errors"
	"os"
)

// openDisk leaves directories to os.Root.
func openDisk(string, func() (*os.Root, error)) (directory, error) {
	return nil, errors.ErrUnsupported
}
