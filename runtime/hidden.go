package runtime

import (
	"context"
	"errors"
	"slices"

	"claviger/mapping/value"
)

// hiding is what never leaves with credentials: members by name, and texts by value, wherever they stand.
type hiding struct {
	names  []string
	values []string
}

func (e *Engine) hidden(ctx context.Context, c *Connection) (*hiding, error) {
	h := &hiding{names: []string{"refresh_token", "refreshToken", "id_token", "idToken"}}
	if c.Token.Grant != "" { // what a user types as a credential is handed out, whatever its name
		h.names = append(h.names, "client_secret", "clientSecret")
	}
	i, err := e.integration(ctx, c.Integration)
	var known *Error
	if errors.As(err, &known) && known.Code == CodeNotFound {
		return nil, known
	}
	if err != nil {
		return nil, err
	}
	if !c.Token.Refresh.IsEmpty() {
		h.values = append(h.values, c.Token.Refresh.Reveal())
	}
	if connector, ok := e.connectors.Get(i.Connector); ok {
		if auth, ok := connector.Option(c.AuthOption); ok {
			for _, name := range auth.SecretParameters(connector) {
				if text := i.Parameters.Text(name); text != "" {
					h.values = append(h.values, text)
				}
			}
		}
	}
	return h, nil
}

// from copies a value without what is hidden.
func (h *hiding) from(v any, depth int) any {
	switch t := v.(type) {
	case string:
		if slices.Contains(h.values, t) {
			return value.Undefined
		}
	case []any:
		out := make([]any, 0, len(t))
		for _, item := range t {
			if kept := h.from(item, depth+1); kept != value.Undefined {
				out = append(out, kept)
			}
		}
		return out
	case *value.Object:
		out := value.NewObject(t.Len())
		for k, item := range t.All() {
			if !slices.Contains(h.names, k) {
				out.Set(k, h.from(item, depth+1))
			}
		}
		return out
	}
	return v
}
