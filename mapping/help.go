package mapping

import (
	"fmt"
	"io"
)

// WriteHelp writes the reference of the language as plain text.
func WriteHelp(w io.Writer) error {
	for _, d := range Operators() {
		if _, err := fmt.Fprintln(w, d.Name); err != nil {
			return err
		}
	}
	return nil
}
