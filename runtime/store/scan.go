package store

import "claviger/runtime"

// Scanner is a row that is about to be read, of whatever driver.
type Scanner interface{ Scan(...any) error }

// The columns that the Scan methods of a Codec read, in their order.
const (
	ConnectionColumns  = `id, integration, owner, status, version, due, fence, lease_owner, lease_since, lease_until, doc, parameters, token, answer, spare`
	FlowColumns        = `id, connection, version, expires_at, connect_hash, state_hash, handle_hash, completion_hash, doc, pinned`
	SessionColumns     = `id, hash, api_key, expires_at, doc`
	ValueColumns       = `id, version, connection, integration, expires_at, doc, value`
	IntegrationColumns = `key, version, doc, parameters`
	KeyColumns         = `id, hash, created_at, doc`
	NodeColumns        = `id, seen_at, doc`
	EventColumns       = `connection, seq, doc`
)

// ScanConnection reads a row of ConnectionColumns.
func (c Codec) ScanConnection(row Scanner) (*runtime.Connection, error) {
	var r ConnectionRow
	if err := row.Scan(&r.ID, &r.Integration, &r.Owner, &r.Status, &r.Version, &r.Due, &r.Fence, &r.LeaseOwner, &r.LeaseSince, &r.LeaseUntil, &r.Doc, &r.Parameters, &r.Token, &r.Answer, &r.Spare); err != nil {
		return nil, err
	}
	return c.ReadConnection(r)
}

// ScanIntegration reads a row of IntegrationColumns.
func (c Codec) ScanIntegration(row Scanner) (*runtime.Integration, error) {
	var r IntegrationRow
	if err := row.Scan(&r.Key, &r.Version, &r.Doc, &r.Parameters); err != nil {
		return nil, err
	}
	return c.ReadIntegration(r)
}

// ScanKey reads a row of KeyColumns.
func (c Codec) ScanKey(row Scanner) (*runtime.APIKey, error) {
	var r KeyRow
	if err := row.Scan(&r.ID, &r.Hash, &r.CreatedAt, &r.Doc); err != nil {
		return nil, err
	}
	return c.ReadKey(r)
}

// ScanFlow reads a row of FlowColumns.
func (c Codec) ScanFlow(row Scanner) (*runtime.Flow, error) {
	var r FlowRow
	if err := row.Scan(&r.ID, &r.Connection, &r.Version, &r.ExpiresAt, &r.ConnectHash, &r.StateHash, &r.HandleHash, &r.CompletionHash, &r.Doc, &r.Pinned); err != nil {
		return nil, err
	}
	return c.ReadFlow(r)
}

// ScanValue reads a row of ValueColumns.
func (c Codec) ScanValue(row Scanner) (*runtime.Value, error) {
	var r ValueRow
	if err := row.Scan(&r.ID, &r.Version, &r.Connection, &r.Integration, &r.ExpiresAt, &r.Doc, &r.Value); err != nil {
		return nil, err
	}
	return c.ReadValue(r)
}

// ScanSession reads a row of SessionColumns.
func (c Codec) ScanSession(row Scanner) (*runtime.Session, error) {
	var r SessionRow
	if err := row.Scan(&r.ID, &r.Hash, &r.Key, &r.ExpiresAt, &r.Doc); err != nil {
		return nil, err
	}
	return c.ReadSession(r)
}

// ScanNode reads a row of NodeColumns.
func (c Codec) ScanNode(row Scanner) (runtime.Node, error) {
	var r NodeRow
	if err := row.Scan(&r.ID, &r.SeenAt, &r.Doc); err != nil {
		return runtime.Node{}, err
	}
	return c.ReadNode(r)
}

// ScanEvent reads a row of EventColumns.
func (c Codec) ScanEvent(row Scanner) (runtime.Event, error) {
	var r EventRow
	if err := row.Scan(&r.Connection, &r.Seq, &r.Doc); err != nil {
		return runtime.Event{}, err
	}
	return c.ReadEvent(r)
}
