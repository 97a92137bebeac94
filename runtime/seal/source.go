package seal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// source is where a keyset comes from. A name says which one:
//
//	PATH            a file, which only its owner may reach (mode 0600 or 0400); it is read again when it changes
//	env:NAME        the environment variable NAME; it is never read again
//	exec:COMMAND …  what `sh -c COMMAND` prints within 10 seconds; it is run again every two minutes, and when a record
//	                turns out to be sealed with a key that is not known, at most every half minute
//
// A file whose name begins like the others is written ./env:NAME.
type source interface {
	// text is the keyset's. The error wraps fs.ErrNotExist where there is none. No error quotes a text.
	text(ctx context.Context) ([]byte, error)
	// due tells whether the text should be read again now, and is asked each second; failed tells that the last reading was
	// of no use.
	due(failed bool) bool
	// pause is how long after one reading an unknown key is no reason for another; 0: it never is one.
	pause() time.Duration
	String() string
}

func newSource(name string) source {
	if variable, ok := strings.CutPrefix(name, "env:"); ok {
		return variableSource(variable)
	}
	if command, ok := strings.CutPrefix(name, "exec:"); ok {
		return &commandSource{command: command}
	}
	return &fileSource{path: name}
}

// CheckName is an error where a name names no source.
func CheckName(name string) error {
	switch strings.TrimSpace(name) {
	case "env:":
		return errors.New("expected env: and the name of an environment variable")
	case "exec:":
		return errors.New("expected exec: and a command")
	}
	return nil
}

// IsFile tells whether the source of that name is a file, which a rotation can write.
func IsFile(name string) bool {
	_, ok := newSource(name).(*fileSource)
	return ok
}

// read reads a keyset.
func read(ctx context.Context, from source) (*Keyset, error) {
	text, err := from.text(ctx)
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", from, err)
	}
	found, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("keyset %s is damaged, put it back from its backup: %w", from, err)
	}
	return found, nil
}

// variableSource is an environment variable.
type variableSource string

func (v variableSource) text(context.Context) ([]byte, error) {
	text := os.Getenv(string(v))
	if text == "" {
		return nil, missing("the environment variable is not set")
	}
	return []byte(text), nil
}

// missing is an error that wraps fs.ErrNotExist without its words.
type missing string

func (m missing) Error() string { return string(m) }

func (m missing) Unwrap() error { return fs.ErrNotExist }

func (v variableSource) due(bool) bool { return false }

func (v variableSource) pause() time.Duration { return 0 }

func (v variableSource) String() string { return "env:" + string(v) }
