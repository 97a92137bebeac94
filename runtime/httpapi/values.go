package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"claviger/mapping/value"
	"claviger/runtime"
)

// NameInPath is exported for the typed handlers' library, which looks into exported fields only. It is the name of a value: the path's last segment, percent-decoded once.
type NameInPath struct {
	Name string `path:"name" doc:"A-Z a-z 0-9 _ . / -, at most 128; a slash as %2F"`
}

// Resolve implements huma.Resolver: what the router hands out is decoded or not, depending on the path.
func (n *NameInPath) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	path := u.EscapedPath()
	name, err := unescaped(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		return []error{err}
	}
	n.Name = name
	return nil
}

// ConnectionValue names a value of a connection.
type ConnectionValue struct {
	ID string `path:"id" maxLength:"100"`
	NameInPath
}

// IntegrationValue names a value of an integration.
type IntegrationValue struct {
	Key string `path:"key" maxLength:"100"`
	NameInPath
}

func (v *ConnectionValue) key() runtime.ValueKey {
	return runtime.ValueKey{Connection: v.ID, Name: v.Name}
}

func (v *IntegrationValue) key() runtime.ValueKey {
	return runtime.ValueKey{Integration: v.Key, Name: v.Name}
}

// anyValue is JSON of any kind, with the order of members and the digits of numbers as they came.
type anyValue struct{ v any }

// Schema describes it: anything.
func (anyValue) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// UnmarshalJSON keeps it as it is.
func (a *anyValue) UnmarshalJSON(src []byte) (err error) {
	a.v, err = value.Decode(src)
	return err
}

type valueBody struct {
	Value     anyValue  `json:"value" doc:"anything but null, at most 64 KiB as JSON"`
	Backend   bool      `json:"backend,omitempty" doc:"the value never comes out"`
	ExpiresAt time.Time `json:"expiresAt,omitzero" doc:"absent: never"`
}

type putConnectionValue struct {
	ConnectionValue
	Body valueBody
}

type putIntegrationValue struct {
	IntegrationValue
	Body valueBody
}

type valueView struct {
	Name      string          `json:"name"`
	Value     json.RawMessage `json:"value,omitempty" doc:"absent where backend is true"`
	Backend   bool            `json:"backend"`
	ExpiresAt *time.Time      `json:"expiresAt" doc:"null: never"`
	UpdatedAt time.Time       `json:"updatedAt"`
}

func (s *server) valueRoutes() {
	const ofConnection, ofIntegration, tag = "/v1/connections/{id}/values/{name}", "/v1/integrations/{key}/values/{name}", "values"
	put := operation(http.MethodPut, ofConnection, tag, "Store a connection's value")
	huma.Register(s.api, put, func(ctx context.Context, in *putConnectionValue) (*body[valueView], error) {
		return s.putValue(ctx, in.key(), in.Body)
	})
	put = operation(http.MethodPut, ofIntegration, tag, "Store an integration's value")
	huma.Register(s.api, put, func(ctx context.Context, in *putIntegrationValue) (*body[valueView], error) {
		return s.putValue(ctx, in.key(), in.Body)
	})
	valuesOf(s, ofConnection, tag, "a connection's", func(in *ConnectionValue) runtime.ValueKey { return in.key() })
	valuesOf(s, ofIntegration, tag, "an integration's", func(in *IntegrationValue) runtime.ValueKey { return in.key() })
}

// valuesOf registers what reads and removes values of one kind of owner.
func valuesOf[In ConnectionValue | IntegrationValue](s *server, path, tag, whose string, key func(*In) runtime.ValueKey) {
	huma.Register(s.api, operation(http.MethodGet, path, tag, "Show "+whose+" value"), func(ctx context.Context, in *In) (*body[valueView], error) {
		v, err := s.Engine.Value(ctx, caller(ctx), key(in))
		return s.valueAnswer(v, err)
	})
	huma.Register(s.api, operation(http.MethodDelete, path, tag, "Delete "+whose+" value"), func(ctx context.Context, in *In) (*struct{}, error) {
		return nil, s.problem(s.Engine.DeleteValue(ctx, caller(ctx), key(in)))
	})
}

func (s *server) putValue(ctx context.Context, k runtime.ValueKey, b valueBody) (*body[valueView], error) {
	v, err := s.Engine.PutValue(ctx, caller(ctx), runtime.NewValue{ValueKey: k, Value: b.Value.v, Backend: b.Backend, ExpiresAt: b.ExpiresAt})
	return s.valueAnswer(v, err)
}

func (s *server) valueAnswer(v *runtime.Value, err error) (*body[valueView], error) {
	if err != nil {
		return nil, s.problem(err)
	}
	view := valueView{Name: v.Name, Backend: v.Backend, UpdatedAt: v.UpdatedAt}
	if !v.Backend {
		view.Value = json.RawMessage(v.JSON.Reveal())
	}
	if !v.ExpiresAt.IsZero() {
		view.ExpiresAt = &v.ExpiresAt
	}
	return &body[valueView]{Body: view}, nil
}
