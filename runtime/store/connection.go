package store

import (
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
)

// ConnectionRow is a stored connection.
//
//	id           text     clear, primary key
//	integration  text     clear, refers to an integration
//	owner        text     clear
//	status       text     clear
//	version      integer  clear
//	doc          text     clear: connectionDoc in JSON
//	parameters   bytes    sealed as (connection/ID, parameters): the JSON object; NULL: none
//	token        bytes    sealed as (connection/ID, token): tokenText in JSON; NULL: none
//	answer       bytes    sealed as (connection/ID, answer): answerText in JSON; NULL: none is pending
type ConnectionRow struct {
	ID          string
	Integration string
	Owner       string
	Status      string
	Version     int64
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
}

type tokenText struct {
	Access      hidden        `json:"access,omitzero"`
	Refresh     hidden        `json:"refresh,omitzero"`
	IssuedAt    time.Time     `json:"issuedAt,omitzero"`
	ExpiresAt   time.Time     `json:"expiresAt,omitzero"`
	Query       *value.Object `json:"query,omitzero"`
	Credentials *value.Object `json:"credentials,omitzero"`

	Grant          string        `json:"grant,omitzero"`
	NoRefreshToken bool          `json:"noRefreshToken,omitzero"`
	Margin         time.Duration `json:"margin,omitzero"` // nanoseconds
}

type answerText struct {
	Response   *value.Object `json:"response,omitzero"`
	ReceivedAt time.Time     `json:"receivedAt,omitzero"`
	Query      *value.Object `json:"query,omitzero"`
}

// Connection encodes n. The row's version is the record's own: the store writes the next one.
func (c Codec) Connection(n *runtime.Connection) (ConnectionRow, error) {
	id := "connection/" + n.ID
	row := ConnectionRow{ID: n.ID, Integration: n.Integration, Owner: n.Owner, Status: string(n.Status), Version: n.Version}
	var err error
	if row.Parameters, err = c.sealedObject(id, "parameters", n.Parameters); err != nil {
		return row, err
	}
	if row.Token, err = c.token(id, n.Token); err != nil {
		return row, err
	}
	if row.Answer, err = c.answer(id, n.Renewal.Answer); err != nil {
		return row, err
	}
	row.Doc, err = document(id, connectionDoc{
		AuthOption: n.AuthOption, Label: n.Label, AccountID: n.AccountID, Labels: n.Labels,
		Scopes: n.Scopes, Granted: n.Granted,
		Renewal: renewalDoc{
			Attempts: n.Renewal.Attempts, NotBefore: n.Renewal.NotBefore.UTC(),
			StartedAt: n.Renewal.StartedAt.UTC(), Node: n.Renewal.Node, Unknown: n.Renewal.Unknown,
		},
		LastError: stored(n.LastError), CreatedAt: n.CreatedAt.UTC(), UpdatedAt: n.UpdatedAt.UTC(),
	})
	return row, err
}

func (c Codec) token(id string, t *runtime.Token) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	return c.sealed(id, "token", tokenText{
		Access: hidden{t.Access}, Refresh: hidden{t.Refresh}, IssuedAt: t.IssuedAt.UTC(), ExpiresAt: t.ExpiresAt.UTC(),
		Query: t.Query, Credentials: t.Credentials, Grant: t.Grant, NoRefreshToken: t.NoRefreshToken, Margin: t.Margin,
	})
}

func (c Codec) answer(id string, a *runtime.Answer) ([]byte, error) {
	if a == nil {
		return nil, nil
	}
	return c.sealed(id, "answer", answerText{Response: a.Response, ReceivedAt: a.ReceivedAt.UTC(), Query: a.Query})
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
		Scopes: doc.Scopes, Granted: doc.Granted,
		Renewal: runtime.Renewal{
			Attempts: doc.Renewal.Attempts, NotBefore: doc.Renewal.NotBefore, StartedAt: doc.Renewal.StartedAt,
			Node: doc.Renewal.Node, Unknown: doc.Renewal.Unknown,
		},
		LastError: doc.LastError, CreatedAt: doc.CreatedAt, UpdatedAt: doc.UpdatedAt, Version: row.Version,
	}
	var err error
	if n.Parameters, err = c.openedObject(id, "parameters", row.Parameters); err != nil {
		return nil, err
	}
	if n.Token, err = c.readToken(id, row.Token); err != nil {
		return nil, err
	}
	n.Renewal.Answer, err = c.readAnswer(id, row.Answer)
	return n, err
}

func (c Codec) readToken(id string, sealed []byte) (*runtime.Token, error) {
	if sealed == nil {
		return nil, nil
	}
	var t tokenText
	if err := c.opened(id, "token", sealed, &t); err != nil {
		return nil, err
	}
	return &runtime.Token{
		Access: t.Access.Text, Refresh: t.Refresh.Text, IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt,
		Query: t.Query, Credentials: t.Credentials, Grant: t.Grant, NoRefreshToken: t.NoRefreshToken, Margin: t.Margin,
	}, nil
}

func (c Codec) readAnswer(id string, sealed []byte) (*runtime.Answer, error) {
	if sealed == nil {
		return nil, nil
	}
	var a answerText
	if err := c.opened(id, "answer", sealed, &a); err != nil {
		return nil, err
	}
	return &runtime.Answer{Response: a.Response, ReceivedAt: a.ReceivedAt, Query: a.Query}, nil
}
