package store

import (
	"fmt"
	"time"

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
//	pinned           bytes    sealed as (flow/ID, pinned): a text, see putPinned; never NULL
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

// What a flow pins, as it is sealed:
//
//	connectorVersion, authOption, redirectUri          texts
//	grantType, callbackPattern, statePattern           texts
//	connectorParameters, connectionParameters, given   objects
//	query                                              an object
//	hosts, scopes                                      lists of texts
//	verifier, state                                    texts
func putPinned(t *text, p *runtime.Pinned) {
	t.putString("connectorVersion", p.ConnectorVersion)
	t.putObject("connectorParameters", p.ConnectorParameters)
	t.putObject("connectionParameters", p.ConnectionParameters)
	t.putObject("given", p.Given)
	t.putString("authOption", p.AuthOption)
	t.putList("hosts", p.Hosts)
	t.putList("scopes", p.Scopes)
	t.putString("grantType", p.GrantType)
	t.putString("callbackPattern", p.CallbackPattern)
	t.putString("statePattern", p.StatePattern)
	t.putString("redirectUri", p.RedirectURI)
	t.putSecret("verifier", p.Verifier)
	t.putSecret("state", p.State)
	t.putObject("query", p.Query)
}

func readPinned(t *text) *runtime.Pinned {
	return &runtime.Pinned{
		ConnectorVersion:     t.string("connectorVersion"),
		ConnectorParameters:  t.object("connectorParameters"),
		ConnectionParameters: t.object("connectionParameters"),
		Given:                t.object("given"),
		AuthOption:           t.string("authOption"),
		Hosts:                t.list("hosts"),
		Scopes:               t.list("scopes"),
		GrantType:            t.string("grantType"),
		CallbackPattern:      t.string("callbackPattern"),
		StatePattern:         t.string("statePattern"),
		RedirectURI:          t.string("redirectUri"),
		Verifier:             t.secret("verifier"),
		State:                t.secret("state"),
		Query:                t.object("query"),
	}
}

// Flow encodes f. The row's version is the record's own: the store writes the next one.
func (c Codec) Flow(f *runtime.Flow) (FlowRow, error) {
	id := "flow/" + f.ID
	row := FlowRow{
		ID: f.ID, Connection: f.Connection, Version: f.Version, ExpiresAt: Micros(f.ExpiresAt),
		ConnectHash: absent(f.ConnectHash), StateHash: absent(f.StateHash),
		HandleHash: absent(f.HandleHash), CompletionHash: absent(f.CompletionHash),
	}
	var err error
	if row.Pinned, err = seal(c, id, "pinned", &f.Pinned, putPinned); err != nil {
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
	pinned, err := unseal(c, id, "pinned", row.Pinned, readPinned)
	if err == nil && pinned == nil {
		err = fmt.Errorf("decode %s: nothing is pinned", id)
	}
	if err != nil {
		return nil, err
	}
	return &runtime.Flow{
		ID: row.ID, Connection: row.Connection, Integration: doc.Integration, Stage: doc.Stage,
		ConnectHash: row.ConnectHash, StateHash: row.StateHash, CookieHash: doc.CookieHash,
		HandleHash: row.HandleHash, CompletionHash: row.CompletionHash, ReturnURL: doc.ReturnURL,
		Reconnect: doc.Reconnect, AllowAccountChange: doc.AllowAccountChange,
		Pinned:    *pinned,
		ExpiresAt: doc.ExpiresAt, Version: row.Version,
	}, nil
}
