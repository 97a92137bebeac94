package store

import (
	"time"

	"claviger/runtime"
)

// IntegrationRow is a stored integration.
//
//	key         text     clear, primary key
//	version     integer  clear
//	doc         text     clear: integrationDoc in JSON
//	parameters  bytes    sealed as (integration/KEY, parameters): the JSON object; NULL: none
type IntegrationRow struct {
	Key        string
	Version    int64
	Doc        string
	Parameters []byte
}

type integrationDoc struct {
	Connector         string                    `json:"connector"`
	ReturnURLs        []string                  `json:"returnUrls,omitzero"`
	RequireCompletion bool                      `json:"requireCompletion,omitzero"`
	Role              runtime.Role              `json:"role,omitzero"`
	HookLogs          bool                      `json:"hookLogs,omitzero"`
	Placeholders      []runtime.PlaceholderRule `json:"placeholders,omitzero"`
	StatePatterns     []string                  `json:"statePatterns,omitzero"`
	Fragments         bool                      `json:"fragments,omitzero"`
	RedirectURI       string                    `json:"redirectUri,omitzero"`
	Hosts             []string                  `json:"hosts,omitzero"`
	PendingHosts      []string                  `json:"pendingHosts,omitzero"`
	Misconfigured     *runtime.Failure          `json:"misconfigured,omitzero"`
	CreatedAt         time.Time                 `json:"createdAt"`
	UpdatedAt         time.Time                 `json:"updatedAt"`
}

// Integration encodes i. The row's version is the record's own: the store writes the next one.
func (c Codec) Integration(i *runtime.Integration) (IntegrationRow, error) {
	id := "integration/" + i.Key
	row := IntegrationRow{Key: i.Key, Version: i.Version}
	var err error
	if row.Parameters, err = seal(c, id, "parameters", i.Parameters, putWhole); err != nil {
		return row, err
	}
	row.Doc, err = document(id, integrationDoc{
		Connector: i.Connector, ReturnURLs: i.ReturnURLs, RequireCompletion: i.RequireCompletion,
		Role: i.Role, HookLogs: i.HookLogs, Placeholders: i.Placeholders, StatePatterns: i.StatePatterns, Fragments: i.Fragments,
		RedirectURI: i.RedirectURI, Hosts: i.Hosts, PendingHosts: i.PendingHosts, Misconfigured: stored(i.Misconfigured),
		CreatedAt: i.CreatedAt.UTC(), UpdatedAt: i.UpdatedAt.UTC(),
	})
	return row, err
}

// ReadIntegration decodes a row.
func (c Codec) ReadIntegration(row IntegrationRow) (*runtime.Integration, error) {
	id := "integration/" + row.Key
	var doc integrationDoc
	if err := readDocument(id, row.Doc, &doc); err != nil {
		return nil, err
	}
	parameters, err := unseal(c, id, "parameters", row.Parameters, readWhole)
	if err != nil {
		return nil, err
	}
	return &runtime.Integration{
		Key: row.Key, Connector: doc.Connector, Parameters: parameters, ReturnURLs: doc.ReturnURLs,
		RequireCompletion: doc.RequireCompletion, Role: doc.Role, HookLogs: doc.HookLogs, Placeholders: doc.Placeholders,
		StatePatterns: doc.StatePatterns, Fragments: doc.Fragments, RedirectURI: doc.RedirectURI, Hosts: doc.Hosts, PendingHosts: doc.PendingHosts,
		Misconfigured: doc.Misconfigured, CreatedAt: doc.CreatedAt, UpdatedAt: doc.UpdatedAt, Version: row.Version,
	}, nil
}
