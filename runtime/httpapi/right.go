package httpapi

import (
	"context"
	"time"

	"claviger/runtime"
)

// rightEvery is how often it is asked whether who calls may still: a stream ends with its key, its session or its connection.
const rightEvery = 400 * time.Millisecond

// right is what a call that is under way is allowed by. It holds nothing that the call may change.
type right struct {
	server            *server
	id, token, origin string
}

// ended is why the call may not go on; nil: it may, or nobody knows at the moment.
func (r *right) ended() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	by, err := r.server.Keys.Still(ctx, r.token, r.origin)
	if err == nil {
		err = r.server.Engine.StillReaches(ctx, by, r.id)
	}
	switch runtime.AsError(err).Code {
	case runtime.CodeUnauthorized, runtime.CodeForbidden, runtime.CodeNotFound:
		return err
	}
	return nil
}
