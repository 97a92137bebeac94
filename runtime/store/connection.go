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
//	fence        integer  clear: how many leases there have been
//	lease_owner  text     clear, likewise the two below; NULL: there is no lease
//	lease_since  integer  Micros
//	lease_until  integer  Micros; a write that says less than what is stored for the same lease does not shorten it
//	doc          text     clear: connectionDoc in JSON
//	parameters   bytes    sealed as (connection/ID, parameters): the JSON object; NULL: none
//	token        bytes    sealed as (connection/ID, token): a text, see putToken; NULL: none
//	answer       bytes    sealed as (connection/ID, answer): a text, see putAnswer; NULL: none is pending
//	spare        bytes    sealed as (connection/ID, spare): likewise; NULL: there is none
type ConnectionRow struct {
	ID          string
	Integration string
	Owner       string
	Status      string
	Version     int64
	Due         *int64
	Fence       int64
	LeaseOwner  *string
	LeaseSince  *int64
	LeaseUntil  *int64
	Doc         string
	Parameters  []byte
	Token       []byte
	Answer      []byte
	Spare       []byte
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
	Grant      grantDoc          `json:"grant,omitzero"`
	CreatedAt  time.Time         `json:"createdAt"`
	UpdatedAt  time.Time         `json:"updatedAt"`
}

type grantDoc struct {
	At    time.Time `json:"at,omitzero"`
	Fence int64     `json:"fence,omitzero"`
}

type renewalDoc struct {
	Attempts  int       `json:"attempts,omitzero"`
	NotBefore time.Time `json:"notBefore,omitzero"`
	Unknown   int       `json:"unknown,omitzero"`
	Over      bool      `json:"over,omitzero"`

	Failure *runtime.Failure `json:"failure,omitzero"`

	StartedAt time.Time `json:"startedAt,omitzero"` // of a row from before there were leases: what the marker was; only read
	Node      string    `json:"node,omitzero"`
}

// lease is the lease of a row.
func (d renewalDoc) lease(row ConnectionRow) *runtime.Lease {
	switch {
	case row.LeaseOwner != nil && row.LeaseSince != nil && row.LeaseUntil != nil:
		return &runtime.Lease{Owner: *row.LeaseOwner, Since: readMicros(*row.LeaseSince), Until: readMicros(*row.LeaseUntil)}
	case !d.StartedAt.IsZero():
		return &runtime.Lease{Owner: d.Node, Since: d.StartedAt, Until: d.StartedAt}
	}
	return nil
}

// Connection encodes n. The row's version is the record's own: the store writes the next one.
func (c Codec) Connection(n *runtime.Connection) (ConnectionRow, error) {
	id := "connection/" + n.ID
	row := ConnectionRow{ID: n.ID, Integration: n.Integration, Owner: n.Owner, Status: string(n.Status), Version: n.Version, Due: DueMicros(n.Due), Fence: n.Fence}
	if l := n.Renewal.Lease; l != nil {
		since, until := Micros(l.Since), Micros(l.Until)
		row.LeaseOwner, row.LeaseSince, row.LeaseUntil = &l.Owner, &since, &until
	}
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
	if row.Spare, err = seal(c, id, "spare", n.Renewal.Spare, putAnswer); err != nil {
		return row, err
	}
	row.Doc, err = connectionText(n)
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

// WorkedOut is the column due of 1971: earlier ones stand for connections of which nobody has worked out yet when they are
// due.
const WorkedOut = 365 * 24 * 60 * 60 * 1_000_000

// DueTime decodes the column due.
func DueTime(due int64) time.Time { return readMicros(due) }

func connectionText(n *runtime.Connection) (string, error) {
	return document("connection/"+n.ID, connectionDoc{
		AuthOption: n.AuthOption, Label: n.Label, AccountID: n.AccountID, Labels: n.Labels,
		Scopes: n.Scopes, Granted: n.Granted, Given: n.Given,
		Renewal: renewalDoc{
			Attempts: n.Renewal.Attempts, NotBefore: n.Renewal.NotBefore.UTC(),
			Unknown: n.Renewal.Unknown,
			Over:    n.Renewal.Over, Failure: stored(n.Renewal.Failure),
		},
		LastError: stored(n.LastError), Grant: grantDoc{n.Grant.At.UTC(), n.Grant.Fence}, CreatedAt: n.CreatedAt.UTC(), UpdatedAt: n.UpdatedAt.UTC(),
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
			Attempts: doc.Renewal.Attempts, NotBefore: doc.Renewal.NotBefore,
			Unknown: doc.Renewal.Unknown, Over: doc.Renewal.Over, Failure: doc.Renewal.Failure,
		},
		LastError: doc.LastError, CreatedAt: doc.CreatedAt, UpdatedAt: doc.UpdatedAt, Version: row.Version,
	}
	n.Fence, n.Renewal.Lease = row.Fence, doc.Renewal.lease(row)
	n.Grant = runtime.Grant{At: doc.Grant.At, Fence: doc.Grant.Fence}
	if row.Due != nil {
		n.Due = readMicros(*row.Due)
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
	if n.Renewal.Spare, err = unseal(c, id, "spare", row.Spare, readAnswer); err != nil {
		return nil, err
	}
	return n, nil
}
