package store

import (
	"time"

	"claviger/runtime"
)

// KeyRow is a stored API key. Nothing in it is secret.
//
//	id          text     primary key
//	hash        bytes    SHA-256 of the key's text, unique
//	created_at  integer  Micros
//	doc         text     keyDoc in JSON
type KeyRow struct {
	ID        string
	Hash      []byte
	CreatedAt int64
	Doc       string
}

type keyDoc struct {
	Name         string          `json:"name,omitzero"`
	Scopes       []runtime.Scope `json:"scopes,omitzero"`
	Owners       []string        `json:"owners,omitzero"`
	Integrations []string        `json:"integrations,omitzero"`
	CreatedAt    time.Time       `json:"createdAt"`
}

// Key encodes k.
func (c Codec) Key(k *runtime.APIKey) (KeyRow, error) {
	doc, err := document("key/"+k.ID, keyDoc{
		Name: k.Name, Scopes: k.Scopes, Owners: k.Owners, Integrations: k.Integrations, CreatedAt: k.CreatedAt.UTC(),
	})
	return KeyRow{ID: k.ID, Hash: k.Hash, CreatedAt: Micros(k.CreatedAt), Doc: doc}, err
}

// ReadKey decodes a row.
func (c Codec) ReadKey(row KeyRow) (*runtime.APIKey, error) {
	var doc keyDoc
	if err := readDocument("key/"+row.ID, row.Doc, &doc); err != nil {
		return nil, err
	}
	return &runtime.APIKey{
		ID: row.ID, Name: doc.Name, Hash: row.Hash, Scopes: doc.Scopes, Owners: doc.Owners,
		Integrations: doc.Integrations, CreatedAt: doc.CreatedAt,
	}, nil
}
