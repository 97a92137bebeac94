package store

import (
	"time"

	"claviger/runtime"
)

// SessionRow is a stored session of a page. Nothing in it is secret. Its origins are rows of their own, so that a preflight
// request, which carries no token, finds them.
//
//	id          text     primary key
//	hash        bytes    SHA-256 of the token, unique
//	api_key     text     refers to the API key that made it and goes with it; NULL: the bootstrap key
//	expires_at  integer  Micros
//	doc         text     sessionDoc in JSON
type SessionRow struct {
	ID        string
	Hash      []byte
	Key       *string
	ExpiresAt int64
	Doc       string
}

type sessionDoc struct {
	Owner        string       `json:"owner"`
	Integrations []string     `json:"integrations,omitzero"`
	Origins      []string     `json:"origins"`
	Role         runtime.Role `json:"role"`
	CreatedAt    time.Time    `json:"createdAt"`
	ExpiresAt    time.Time    `json:"expiresAt"`
}

// Session encodes s.
func (c Codec) Session(s *runtime.Session) (SessionRow, error) {
	doc, err := document("session/"+s.ID, sessionDoc{
		Owner: s.Owner, Integrations: s.Integrations, Origins: s.Origins, Role: s.Role,
		CreatedAt: s.CreatedAt.UTC(), ExpiresAt: s.ExpiresAt.UTC(),
	})
	row := SessionRow{ID: s.ID, Hash: s.Hash, ExpiresAt: Micros(s.ExpiresAt), Doc: doc}
	if s.Key != "" {
		row.Key = &s.Key
	}
	return row, err
}

// ReadSession decodes a row.
func (c Codec) ReadSession(row SessionRow) (*runtime.Session, error) {
	var doc sessionDoc
	if err := readDocument("session/"+row.ID, row.Doc, &doc); err != nil {
		return nil, err
	}
	s := &runtime.Session{
		ID: row.ID, Hash: row.Hash, Owner: doc.Owner, Integrations: doc.Integrations, Origins: doc.Origins, Role: doc.Role,
		CreatedAt: doc.CreatedAt, ExpiresAt: doc.ExpiresAt,
	}
	if row.Key != nil {
		s.Key = *row.Key
	}
	return s, nil
}
