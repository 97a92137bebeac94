package runtime

import (
	"context"
	"time"
)

// sweepEvery is how often flows that ended by themselves are cleared away.
const sweepEvery = 30 * time.Second

// Sweep clears expired flows away until ctx ends. A connection that was never made is failed then: its link has expired.
func (e *Engine) Sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := e.sweepFlows(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("clearing expired flows", "error", AsError(err).Unwrap())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (e *Engine) sweepFlows(ctx context.Context) error {
	at, err := e.now(ctx)
	if err != nil {
		return err
	}
	connections, err := e.store.DeleteExpiredFlows(ctx, at)
	if err != nil {
		return storeError("flow", "", err)
	}
	for _, id := range connections {
		_, err := e.change(ctx, id, func(c *Connection) error {
			if c.Status == Pending {
				c.Status = Failed
				c.LastError = &Failure{Class: "reauth", Reason: "expired", Message: "nobody finished connecting before the link expired", At: at}
			}
			return nil
		})
		if err != nil && AsError(err).Code != CodeNotFound {
			return err
		}
	}
	return nil
}
