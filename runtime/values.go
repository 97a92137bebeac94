package runtime

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

const (
	maxValues     = 100      // of one connection, and of one integration
	maxValueBytes = 64 << 10 // of one value, as JSON
)

var valueName = regexp.MustCompile(`^[A-Za-z0-9_./-]{1,128}$`)

var errValueName = errorf(CodeInvalidRequest, "the name of a value has 1 to 128 characters of A-Z, a-z, 0-9, _, ., / and -")

// NewValue is what a PUT of a value says.
type NewValue struct {
	ValueKey
	Value     any // JSON-like
	Backend   bool
	ExpiresAt time.Time // zero: never
}

// PutValue stores a named value in the place of whatever has its key. Those of a connection are for who may connect or use it,
// those of an integration for admins.
func (e *Engine) PutValue(ctx context.Context, by *Caller, n NewValue) (*Value, error) {
	if err := e.reachesValue(ctx, by, n.ValueKey); err != nil {
		return nil, err
	}
	at, err := e.now(ctx)
	if err != nil {
		return nil, err
	}
	text, err := value.Encode(n.Value)
	switch {
	case err != nil:
		return nil, errorf(CodeInvalidRequest, "the value cannot be written as JSON")
	case n.Value == nil || n.Value == value.Undefined:
		return nil, errorf(CodeInvalidRequest, "expected value: anything but null; DELETE removes a value")
	case len(text) > maxValueBytes:
		return nil, errorf(CodeInvalidRequest, "a value may have %d bytes as JSON, this one has %d", maxValueBytes, len(text))
	case !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(at):
		return nil, errorf(CodeInvalidRequest, "expiresAt is not in the future")
	}
	v := &Value{ValueKey: n.ValueKey, JSON: secret.New(string(text)), Backend: n.Backend, ExpiresAt: n.ExpiresAt, UpdatedAt: at}
	err = e.store.PutValue(ctx, v, maxValues)
	if errors.Is(err, ErrConflict) {
		return nil, &Error{Code: CodeConflict, Message: fmt.Sprintf("there are %d values already; delete one first", maxValues), Err: err}
	}
	return v, valueError(n.ValueKey, err)
}

// Value shows a value. Of a Backend one everything but the value itself is there.
func (e *Engine) Value(ctx context.Context, by *Caller, k ValueKey) (*Value, error) {
	if err := e.reachesValue(ctx, by, k); err != nil {
		return nil, err
	}
	v, err := e.store.Value(ctx, k)
	if err != nil {
		return nil, valueError(k, err)
	}
	if v.Backend {
		v.JSON = secret.Text{}
	}
	return v, nil
}

// DeleteValue removes a value.
func (e *Engine) DeleteValue(ctx context.Context, by *Caller, k ValueKey) error {
	if err := e.reachesValue(ctx, by, k); err != nil {
		return err
	}
	return valueError(k, e.store.DeleteValue(ctx, k))
}

func (e *Engine) reachesValue(ctx context.Context, by *Caller, k ValueKey) error {
	if k.Connection == "" {
		if err := e.mayAdminister(by); err != nil {
			return err
		}
	} else {
		c, err := e.connection(ctx, k.Connection)
		if err != nil {
			return err
		}
		if err := e.reachable(by, c, ScopeConnect, ScopeUse); err != nil {
			return err
		}
	}
	if !valueName.MatchString(k.Name) {
		return errValueName
	}
	return nil
}

func valueError(k ValueKey, err error) error {
	if errors.Is(err, ErrNotFound) {
		return &Error{Code: CodeNotFound, Message: fmt.Sprintf("there is no value %q", k.Name), Err: err}
	}
	return storeError("value", k.Name, err)
}

// sweepValues removes values that have expired.
func (e *Engine) sweepValues(ctx context.Context) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	return storeError("value", "", e.store.DeleteExpiredValues(ctx, at))
}
