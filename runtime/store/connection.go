package store

import (
	"time"

	"claviger/runtime"
)

// ConnectionRow is a stored connection.
//
//	id           text     clear, primary key
//	integration  text     clear, refers to an integration
//	owner        text     clear
//	status       text     clear
//	version      integer  clear
//	due          integer  clear, Micros, indexed; NULL: never; 0: not worked out yet, of a row from before there was this column
//	doc          text     clear: connectionDoc in JSON
//	parameters   bytes    sealed as (connection/ID, parameters): the JSON object; NULL: none
//	token        bytes    sealed as (connection/ID, token): a text, see putToken; NULL: none
//	answer       bytes    sealed as (connection/ID, answer): a text, see putAnswer; NULL: none is pending
type ConnectionRow struct {
	ID          string
	Integration string
	Owner       string
	Status      string
	Version     int64
	Due         *int64
	Doc         string
	Parameters  []byte
	Token       []byte
	Answer      []byte
}

type connectionDoc struct {
	AuthOption string            `json:"authOption,omitzero"`
	Label      string            `json:"label,omitzero"`
	AccountID  string            `json:"accountId,omitzero"`
	Labels     map[string]string `json:"labels,omitzero"`
	Scopes     []string          `json:"scopes,omitzero"`
	Granted    []string          `json:"granted,omitzero"`
	Given      []string          `json:"given,omitzero"`
	Renewal    renewalDoc        `json:"renewal,omitzero"`
	LastError  *runtime.Failure  `json:"lastError,omitzero"`
	CreatedAt  time.Time         `json:"createdAt"`
	UpdatedAt  time.Time         `json:"updatedAt"`
}

type renewalDoc struct {
	Attempts  int       `json:"attempts,omitzero"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	StartedAt time.Time `json:"startedAt,omitzero"`
	Node      string    `json:"node,omitzero"`
	Unknown   int       `json:"unknown,omitzero"`
	Over      bool      `json:"over,omitzero"`

	Failure *runtime.Failure `json:"failure,omitzero"`
}

// Connection encodes n. The row's version is the record's own: the store writes the next one.
func (c Codec) Connection(n *runtime.Connection) (ConnectionRow, error) {
	id := "connection/" + n.ID
	row := ConnectionRow{ID: n.ID, Integration: n.Integration, Owner: n.Owner, Status: string(n.Status), Version: n.Version, Due: DueMicros(n.Due)}
	var err error
	if row.Parameters, err = seal(c, id, "parameters", n.Parameters, putWhole); err != nil {
		return row, err
	}
	if row.Token, err = seal(c, id, "token", n.Token, putToken); err != nil {
		return row, err
	}
	if row.Answer, err = seal(c, id, "answer", n.Renewal.Answer, putAnswer); err != nil {
		return row, err
	}
	row.Doc, err = c.ConnectionDoc(n)
	return row, err
}

// DueMicros encodes the column due alone.
func DueMicros(due time.Time) *int64 {
	if due.IsZero() {
		return nil
	}
	at := Micros(due)
	return &at
}

// DueTime decodes the column due.
func DueTime(due int64) time.Time { return time.UnixMicro(due).UTC() }

// ConnectionDoc encodes the column doc alone.
func (Codec) ConnectionDoc(n *runtime.Connection) (string, error) {
	return document("connection/"+n.ID, connectionDoc{
		AuthOption: n.AuthOption, Label: n.Label, AccountID: n.AccountID, Labels: n.Labels,
		Scopes: n.Scopes, Granted: n.Granted, Given: n.Given,
		Renewal: renewalDoc{
			Attempts: n.Renewal.Attempts, NotBefore: n.Renewal.NotBefore.UTC(),
			StartedAt: n.Renewal.StartedAt.UTC(), Node: n.Renewal.Node, Unknown: n.Renewal.Unknown,
			Over: n.Renewal.Over, Failure: stored(n.Renewal.Failure),
		},
		LastError: stored(n.LastError), CreatedAt: n.CreatedAt.UTC(), UpdatedAt: n.UpdatedAt.UTC(),
	})
}

// ReadConnection decodes a row.
func (c Codec) ReadConnection(row ConnectionRow) (*runtime.Connection, error) {
	id := "connection/" + row.ID
	var doc connectionDoc
	if err := readDocument(id, row.Doc, &doc); err != nil {
		return nil, err
	}
	n := &runtime.Connection{
		ID: row.ID, Integration: row.Integration, Owner: row.Owner, AuthOption: doc.AuthOption,
		Status: runtime.Status(row.Status), Label: doc.Label, AccountID: doc.AccountID, Labels: doc.Labels,
		Scopes: doc.Scopes, Granted: doc.Granted, Given: doc.Given,
		Renewal: runtime.Renewal{
			Attempts: doc.Renewal.Attempts, NotBefore: doc.Renewal.NotBefore, StartedAt: doc.Renewal.StartedAt,
			Node: doc.Renewal.Node, Unknown: doc.Renewal.Unknown, Over: doc.Renewal.Over, Failure: doc.Renewal.Failure,
		},
		LastError: doc.LastError, CreatedAt: doc.CreatedAt, UpdatedAt: doc.UpdatedAt, Version: row.Version,
	}
	if row.Due != nil {
		n.Due = DueTime(*row.Due)
	}
	var err error
	if n.Parameters, err = unseal(c, id, "parameters", row.Parameters, readWhole); err != nil {
		return nil, err
	}
	if n.Token, err = unseal(c, id, "token", row.Token, readToken); err != nil {
		return nil, err
	}
	if n.Renewal.Answer, err = unseal(c, id, "answer", row.Answer, readAnswer); err != nil {
		return nil, err
	}
	return n, nil
}
