package runtime

import (
	"context"
	"encoding/json"
	"errors"

	"claviger/mapping/value"
)

// values are what a hook may read of what is stored beside its connection, where there is one, and its integration; nothing
// of anybody else's.
func (b *binding) values() map[string]func(context.Context, string) (any, error) {
	of := func(k ValueKey) func(context.Context, string) (any, error) {
		return func(ctx context.Context, name string) (any, error) {
			k := k
			k.Name = name
			return b.value(ctx, k)
		}
	}
	all := map[string]func(context.Context, string) (any, error){"integration": of(ValueKey{Integration: b.integration})}
	if b.connection != "" && !b.unstored {
		all["connection"] = of(ValueKey{Connection: b.connection})
	}
	return all
}

// value is a stored value for a hook, value.Undefined where there is none or its time is over. Nothing that the binding says
// from now on shows it.
func (b *binding) value(ctx context.Context, k ValueKey) (any, error) {
	if !valueName.MatchString(k.Name) {
		return nil, errValueName
	}
	v, err := b.recorder.value(k, func() (any, error) { return b.e.storedValue(ctx, k) })
	if err != nil {
		if ctx.Err() == nil {
			b.setUnread(err)
		}
		return nil, err
	}
	b.hear(func() {
		b.redactor.AddValue(v)
		if n, ok := v.(json.Number); ok {
			b.redactor.Add(n.String())
		}
	})
	return v, nil
}

// storedValue is what stands under a name, value.Undefined where nothing does.
func (e *Engine) storedValue(ctx context.Context, k ValueKey) (any, error) {
	stored, err := e.store.Value(ctx, k)
	if errors.Is(err, ErrNotFound) {
		return value.Undefined, nil
	}
	if err != nil {
		return nil, storeError("value", k.Name, err)
	}
	return value.Decode([]byte(stored.JSON.Reveal()))
}

func (b *binding) setUnread(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.unread == nil {
		b.unread = err
	}
}

// takeUnread is why a value could not be read, nil where all could: a hook that fails then has failed of us.
func (b *binding) takeUnread() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.unread
	b.unread = nil
	return err
}
