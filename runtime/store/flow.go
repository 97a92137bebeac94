package store

import (
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
)

// FlowRow is a stored flow. The hashes are SHA-256 sums, clear: a copy of the database opens no flow.
//
//	id               text     clear, primary key
//	connection       text     clear, refers to a connection
//	version          integer  clear
//	expires_at       integer  clear, Micros
//	connect_hash     bytes    clear, unique; likewise the three below; NULL: there is no such handle now
//	state_hash
//	handle_hash
//	completion_hash
//	doc              text     clear: flowDoc in JSON
//	pinned           bytes    sealed as (flow/ID, pinned): pinnedText in JSON
type FlowRow struct {
	ID             string
	Connection     string
	Version        int64
	ExpiresAt      int64
	ConnectHash    []byte
	StateHash      []byte
	HandleHash     []byte
	CompletionHash []byte
	Doc            string
	Pinned         []byte
}

type flowDoc struct {
	Integration        string            `json:"integration"`
	Stage              runtime.FlowStage `json:"stage"`
	CookieHash         []byte            `json:"cookieHash,omitzero"`
	ReturnURL          string            `json:"returnUrl,omitzero"`
	Reconnect          bool              `json:"reconnect,omitzero"`
	AllowAccountChange bool              `json:"allowAccountChange,omitzero"`
	ExpiresAt          time.Time         `json:"expiresAt"`
}

type pinnedText struct {
	ConnectorVersion     string        `json:"connectorVersion,omitzero"`
	ConnectorParameters  *value.Object `json:"connectorParameters,omitzero"`
	ConnectionParameters *value.Object `json:"connectionParameters,omitzero"`
	AuthOption           string        `json:"authOption,omitzero"`
	Hosts                []string      `json:"hosts,omitzero"`
	Scopes               []string      `json:"scopes,omitzero"`
	RedirectURI          string        `json:"redirectUri,omitzero"`
	Verifier             hidden        `json:"verifier,omitzero"`
	State                hidden        `json:"state,omitzero"`
	Query                *value.Object `json:"query,omitzero"`
}

// Flow encodes f. The row's version is the record's own: the store writes the next one.
func (c Codec) Flow(f *runtime.Flow) (FlowRow, error) {
	id := "flow/" + f.ID
	row := FlowRow{
		ID: f.ID, Connection: f.Connection, Version: f.Version, ExpiresAt: Micros(f.ExpiresAt),
		ConnectHash: absent(f.ConnectHash), StateHash: absent(f.StateHash),
		HandleHash: absent(f.HandleHash), CompletionHash: absent(f.CompletionHash),
	}
	p := f.Pinned
	var err error
	row.Pinned, err = c.sealed(id, "pinned", pinnedText{
		ConnectorVersion: p.ConnectorVersion, ConnectorParameters: p.ConnectorParameters,
		ConnectionParameters: p.ConnectionParameters, AuthOption: p.AuthOption, Hosts: p.Hosts, Scopes: p.Scopes,
		RedirectURI: p.RedirectURI, Verifier: hidden{p.Verifier}, State: hidden{p.State}, Query: p.Query,
	})
	if err != nil {
		return row, err
	}
	row.Doc, err = document(id, flowDoc{
		Integration: f.Integration, Stage: f.Stage, CookieHash: absent(f.CookieHash), ReturnURL: f.ReturnURL,
		Reconnect: f.Reconnect, AllowAccountChange: f.AllowAccountChange, ExpiresAt: f.ExpiresAt.UTC(),
	})
	return row, err
}

// absent makes an empty hash NULL: no flow is found by a handle that nobody has.
func absent(hash []byte) []byte {
	if len(hash) == 0 {
		return nil
	}
	return hash
}

// ReadFlow decodes a row.
func (c Codec) ReadFlow(row FlowRow) (*runtime.Flow, error) {
	id := "flow/" + row.ID
	var doc flowDoc
	if err := readDocument(id, row.Doc, &doc); err != nil {
		return nil, err
	}
	var p pinnedText
	if err := c.opened(id, "pinned", row.Pinned, &p); err != nil {
		return nil, err
	}
	return &runtime.Flow{
		ID: row.ID, Connection: row.Connection, Integration: doc.Integration, Stage: doc.Stage,
		ConnectHash: row.ConnectHash, StateHash: row.StateHash, CookieHash: doc.CookieHash,
		HandleHash: row.HandleHash, CompletionHash: row.CompletionHash, ReturnURL: doc.ReturnURL,
		Reconnect: doc.Reconnect, AllowAccountChange: doc.AllowAccountChange,
		Pinned: runtime.Pinned{
			ConnectorVersion: p.ConnectorVersion, ConnectorParameters: p.ConnectorParameters,
			ConnectionParameters: p.ConnectionParameters, AuthOption: p.AuthOption, Hosts: p.Hosts, Scopes: p.Scopes,
			RedirectURI: p.RedirectURI, Verifier: p.Verifier.Text, State: p.State.Text, Query: p.Query,
		},
		ExpiresAt: doc.ExpiresAt, Version: row.Version,
	}, nil
}
