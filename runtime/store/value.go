package store

import (
	"time"

	"claviger/runtime"
)

// ValueRow is a stored value.
//
//	id           text     clear, primary key: connection/ID/NAME or integration/KEY/NAME
//	version      integer  clear
//	connection   text     clear, refers to a connection; NULL: it is an integration's
//	integration  text     clear, refers to an integration; NULL: it is a connection's
//	expires_at   integer  clear, Micros; NULL: never
//	doc          text     clear: valueDoc in JSON
//	value        bytes    sealed as (value/ID, value): {"json": …}; never NULL
type ValueRow struct {
	ID          string
	Version     int64
	Connection  *string
	Integration *string
	ExpiresAt   *int64
	Doc         string
	Value       []byte
}

type valueDoc struct {
	Name      string    `json:"name"`
	Backend   bool      `json:"backend,omitzero"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt"`
}

func putValue(t *text, v *runtime.Value) { t.putSecret("json", v.JSON) }

// ValueID is the id of the row of a value.
func ValueID(k runtime.ValueKey) string {
	if k.Connection != "" {
		return "connection/" + k.Connection + "/" + k.Name
	}
	return "integration/" + k.Integration + "/" + k.Name
}

// Value encodes v. The row's version is left to the store.
func (c Codec) Value(v *runtime.Value) (ValueRow, error) {
	row := ValueRow{ID: ValueID(v.ValueKey), Version: v.Version, Connection: given(v.Connection), Integration: given(v.Integration)}
	if !v.ExpiresAt.IsZero() {
		at := Micros(v.ExpiresAt)
		row.ExpiresAt = &at
	}
	id := "value/" + row.ID
	var err error
	if row.Value, err = seal(c, id, "value", v, putValue); err != nil {
		return row, err
	}
	row.Doc, err = document(id, valueDoc{v.Name, v.Backend, v.ExpiresAt.UTC(), v.UpdatedAt.UTC()})
	return row, err
}

func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// ReadValue decodes a row.
func (c Codec) ReadValue(row ValueRow) (*runtime.Value, error) {
	id := "value/" + row.ID
	var doc valueDoc
	if err := readDocument(id, row.Doc, &doc); err != nil {
		return nil, err
	}
	v, err := unseal(c, id, "value", row.Value, func(t *text) *runtime.Value { return &runtime.Value{JSON: t.secret("json")} })
	if err != nil {
		return nil, err
	}
	v.Name, v.Backend, v.ExpiresAt, v.UpdatedAt, v.Version = doc.Name, doc.Backend, doc.ExpiresAt, doc.UpdatedAt, row.Version
	if row.Connection != nil {
		v.Connection = *row.Connection
	}
	if row.Integration != nil {
		v.Integration = *row.Integration
	}
	return v, nil
}
