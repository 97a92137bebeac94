package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"claviger/connectors"
	"claviger/runtime"
)

// connectorView is a loaded connector.
type connectorView struct {
	Key              string            `json:"key"`
	Name             string            `json:"name"`
	LogoURI          string            `json:"logoUri,omitempty"`
	APIDocsURI       string            `json:"apiDocsUri,omitempty"`
	Categories       []string          `json:"categories"`
	Version          string            `json:"version" doc:"changes with the folder's content"`
	Type             string            `json:"type" enum:"oauth2,oauth1,client-credentials"`
	ParametersSchema json.RawMessage   `json:"parametersSchema"`
	InputSchema      json.RawMessage   `json:"inputSchema"`
	Methods          map[string]string `json:"methods" doc:"implementation type by method"`
	Options          []optionView      `json:"options"`
	Hosts            []string          `json:"hosts" doc:"that it may reach, besides those of its parameters"`
}

type optionView struct {
	Key         string          `json:"key"`
	Type        string          `json:"type"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema"`
}

type findingView struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Col        int    `json:"col"`
	Severity   string `json:"severity"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

type connectorList struct {
	Connectors []connectorView `json:"connectors"`
	Findings   []findingView   `json:"findings" doc:"of folders that failed to load, or that load with warnings"`
}

func (s *server) connectorRoutes() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/connectors", "connectors", "List what is loaded"),
		func(context.Context, *struct{}) (*body[connectorList], error) {
			out := connectorList{Connectors: []connectorView{}, Findings: []findingView{}}
			for _, c := range s.Catalogue.All() {
				out.Connectors = append(out.Connectors, showConnector(c))
			}
			for _, folder := range s.Catalogue.Folders() {
				for _, f := range folder.Located() {
					out.Findings = append(out.Findings, findingView{f.Pos.File, max(f.Pos.Line, 1), max(f.Pos.Col, 1), string(f.Severity), f.Message, f.Suggestion})
				}
			}
			return &body[connectorList]{Body: out}, nil
		})
	huma.Register(s.api, operation(http.MethodGet, "/v1/connectors/{key}", "connectors", "Show a connector"),
		func(_ context.Context, in *named) (*body[connectorView], error) {
			c, ok := s.Catalogue.Get(in.Key)
			if !ok {
				return nil, s.problem(&runtime.Error{Code: runtime.CodeNotFound, Message: "there is no connector " + in.Key})
			}
			return &body[connectorView]{Body: showConnector(c)}, nil
		})
}

func showConnector(c *connectors.Connector) connectorView {
	v := connectorView{
		Key: c.Key, Name: c.Name, LogoURI: c.LogoURI, APIDocsURI: c.APIDocsURI, Categories: orNone(c.Categories),
		Version: c.Version, Type: c.Auth.Type, ParametersSchema: c.Parameters.JSON(), InputSchema: c.Auth.Input.JSON(),
		Methods: map[string]string{}, Options: []optionView{}, Hosts: orNone(c.Hosts(nil, nil).Strings()),
	}
	for m, impl := range c.Auth.Methods {
		v.Methods[string(m)] = string(impl.Kind)
	}
	for _, o := range c.Options {
		v.Options = append(v.Options, optionView{o.Key, o.Type, o.Title, o.Description, o.Input.JSON()})
	}
	return v
}
