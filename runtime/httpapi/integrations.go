package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"claviger/runtime"
)

// body is an answer with a JSON body.
type body[T any] struct{ Body T }

// named is a request about the integration or connector of a key.
type named struct {
	Key string `path:"key" maxLength:"100"`
}

type putIntegration struct {
	Key    string `path:"key" maxLength:"100"`
	Verify bool   `query:"verify" doc:"ask the provider whether it knows the client; nothing is stored where it does not (client_refused)"`
	Body   struct {
		Connector         string            `json:"connector,omitempty" doc:"key of the connector"`
		Parameters        *object           `json:"parameters,omitempty" doc:"as the connector's parametersSchema asks; absent on a replacement: the stored ones stay"`
		ReturnURLs        []string          `json:"returnUrls,omitempty" doc:"where browsers may be sent after the callback: exact scheme, host and port"`
		RequireCompletion bool              `json:"requireCompletion,omitempty" doc:"redeem a code only after POST …/complete"`
		HookLogs          bool              `json:"hookLogs,omitempty" doc:"keep what the connector's hooks print, redacted, in the log and in the connection's events"`
		Placeholders      []placeholderRule `json:"placeholders,omitempty" doc:"where proxied calls may have placeholders expanded; absent: nowhere"`
		Role              string            `json:"role,omitempty" enum:"admin,user" doc:"admin: only sessions with that role, and keys, make and end connections of it"`
		MCPServer         any               `json:"mcpServer,omitempty" doc:"not supported yet"`
	}
}

// notYet names the first field of the contract that this version would have to ignore.
func (p *putIntegration) notYet() string {
	switch {
	case p.Body.MCPServer != nil:
		return "mcpServer"
	}
	return ""
}

// placeholderRule is a runtime.PlaceholderRule.
type placeholderRule struct {
	Methods  []string `json:"methods"`
	URL      string   `json:"url" doc:"a regular expression that must match all of the address, its query left out"`
	Position string   `json:"position" doc:"header NAME, query NAME or body"`
	Names    []string `json:"names" doc:"NAME of a parameter, [user[credentials/NAME]], [user[values/NAME]], [[NAME]]"`
	Session  bool     `json:"session,omitempty" doc:"for browser sessions too"`
}

type integrationList struct {
	Integrations []integrationView `json:"integrations"`
}

func (s *server) integrationRoutes() {
	const path, tag = "/v1/integrations/{key}", "integrations"
	huma.Register(s.api, operation(http.MethodPut, path, tag, "Create or replace an integration"), s.putIntegration)
	huma.Register(s.api, operation(http.MethodGet, path, tag, "Show an integration"),
		func(ctx context.Context, in *named) (*body[integrationView], error) {
			i, err := s.Engine.Integration(ctx, caller(ctx), in.Key)
			return s.integrationAnswer(i, err)
		})
	huma.Register(s.api, operation(http.MethodGet, "/v1/integrations", tag, "List integrations"),
		func(ctx context.Context, _ *struct{}) (*body[integrationList], error) {
			list, err := s.Engine.Integrations(ctx, caller(ctx))
			if err != nil {
				return nil, s.problem(err)
			}
			out := &body[integrationList]{Body: integrationList{Integrations: []integrationView{}}}
			for _, i := range list {
				out.Body.Integrations = append(out.Body.Integrations, s.showIntegration(i))
			}
			return out, nil
		})
	huma.Register(s.api, operation(http.MethodDelete, path, tag, "Delete an integration without connections"),
		func(ctx context.Context, in *named) (*struct{}, error) {
			return nil, s.problem(s.Engine.DeleteIntegration(ctx, caller(ctx), in.Key))
		})
	huma.Register(s.api, operation(http.MethodPost, path+"/accept", tag, "Accept the hosts that the connector asks for"),
		func(ctx context.Context, in *named) (*body[integrationView], error) {
			i, err := s.Engine.AcceptHosts(ctx, caller(ctx), in.Key)
			return s.integrationAnswer(i, err)
		})
}

func (s *server) putIntegration(ctx context.Context, in *putIntegration) (*body[integrationView], error) {
	if field := in.notYet(); field != "" {
		return nil, s.problem(notSupported(field))
	}
	if in.Body.Connector == "" {
		return nil, s.problem(&runtime.Error{Code: runtime.CodeInvalidRequest, Message: "expected connector: the key of a connector"})
	}
	n := runtime.NewIntegration{
		Key: in.Key, Connector: in.Body.Connector, ReturnURLs: in.Body.ReturnURLs, RequireCompletion: in.Body.RequireCompletion,
		Role: runtime.Role(in.Body.Role), HookLogs: in.Body.HookLogs,
	}
	for _, r := range in.Body.Placeholders {
		n.Placeholders = append(n.Placeholders, runtime.PlaceholderRule(r))
	}
	if in.Body.Parameters != nil {
		n.Parameters = in.Body.Parameters.Object
	}
	var told *runtime.Verification
	if in.Verify {
		v, err := s.Engine.VerifyIntegration(ctx, caller(ctx), n)
		if err != nil {
			return nil, s.problem(err)
		}
		told = v
	}
	i, err := s.Engine.PutIntegration(ctx, caller(ctx), n)
	answer, err := s.integrationAnswer(i, err)
	if err == nil {
		answer.Body.Verification = told
	}
	return answer, err
}

func (s *server) integrationAnswer(i *runtime.Integration, err error) (*body[integrationView], error) {
	if err != nil {
		return nil, s.problem(err)
	}
	return &body[integrationView]{Body: s.showIntegration(i)}, nil
}

func notSupported(what string) error {
	return &runtime.Error{Code: runtime.CodeNotSupported, Message: what + " is not supported by this version"}
}
