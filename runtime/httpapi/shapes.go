package httpapi

import (
	"cmp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"claviger/mapping/value"
	"claviger/runtime"
)

// object is a JSON object of any members, in the caller's order.
type object struct{ *value.Object }

// Schema describes it: any object.
func (object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// UnmarshalJSON keeps the order of the members.
func (o *object) UnmarshalJSON(src []byte) error {
	read, err := value.DecodeObject(src)
	o.Object = read
	return err
}

// MarshalJSON is the object, {} if there is none.
func (o object) MarshalJSON() ([]byte, error) { return value.Encode(o.Object) }

// integrationView is an integration without its secrets.
type integrationView struct {
	Key               string            `json:"key"`
	Connector         string            `json:"connector"`
	Parameters        object            `json:"parameters" doc:"without secrets"`
	SecretParameters  []string          `json:"secretParameters" doc:"names of the secrets that are set"`
	ReturnURLs        []string          `json:"returnUrls"`
	RequireCompletion bool              `json:"requireCompletion"`
	Role              runtime.Role      `json:"role" enum:"admin,user" doc:"whose sessions may make and end connections of it"`
	Placeholders      []placeholderRule `json:"placeholders" doc:"where proxied calls may have placeholders expanded"`
	HookLogs          bool              `json:"hookLogs" doc:"what hooks print is kept, redacted"`
	CallbackURL       string            `json:"callbackUrl" doc:"to be registered at the provider"`
	Hosts             []string          `json:"hosts" doc:"the pinned set of hosts that the connector may reach"`
	PendingHosts      []string          `json:"pendingHosts" doc:"hosts that the connector asks for and nobody has accepted"`
	Misconfigured     *runtime.Failure  `json:"misconfigured,omitempty" doc:"why renewals are held back"`
	CreatedAt         time.Time         `json:"createdAt"`
	UpdatedAt         time.Time         `json:"updatedAt"`

	Verification *runtime.Verification `json:"verification,omitempty" doc:"after ?verify=true: what the provider let on about the client"`
}

func (s *server) showIntegration(i *runtime.Integration) integrationView {
	v := integrationView{
		Key: i.Key, Connector: i.Connector, Parameters: object{value.NewObject(0)}, SecretParameters: []string{},
		ReturnURLs: orNone(i.ReturnURLs), RequireCompletion: i.RequireCompletion, Role: cmp.Or(i.Role, runtime.RoleUser), HookLogs: i.HookLogs, CallbackURL: i.RedirectURI,
		Hosts: orNone(i.Hosts), PendingHosts: orNone(i.PendingHosts), Misconfigured: i.Misconfigured,
		CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
	}
	v.Placeholders = []placeholderRule{}
	for _, r := range i.Placeholders {
		v.Placeholders = append(v.Placeholders, placeholderRule(r))
	}
	if v.CallbackURL == "" {
		v.CallbackURL = s.Engine.CallbackURL(i.Key)
	}
	if c, ok := s.Catalogue.Get(i.Connector); ok { // without the connector nobody knows which are secret
		v.Parameters.Object = c.Parameters.Public(i.Parameters)
	}
	for _, name := range i.Parameters.Keys() {
		if !v.Parameters.Has(name) {
			v.SecretParameters = append(v.SecretParameters, name)
		}
	}
	return v
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// connectionView is a connection without its secrets.
type connectionView struct {
	ID          string            `json:"id"`
	Integration string            `json:"integration"`
	Owner       string            `json:"owner,omitempty"`
	Status      runtime.Status    `json:"status" enum:"pending,connected,failed,reconnect_required"`
	Label       string            `json:"label,omitempty"`
	AccountID   string            `json:"accountId,omitempty"`
	AuthOption  string            `json:"authOption,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Scopes      []string          `json:"scopes" doc:"as granted; what was asked for where the provider did not say"`
	ExpiresAt   *time.Time        `json:"expiresAt" doc:"of the token; null: unknown"`
	Refresh     refreshView       `json:"refresh"`
	LastError   *runtime.Failure  `json:"lastError,omitempty" doc:"of the last attempt; absent after a success"`
	CreatedAt   time.Time         `json:"createdAt"`
	UpdatedAt   time.Time         `json:"updatedAt"`

	AuthorizedAt *time.Time `json:"authorizedAt" doc:"when its user last connected it, which no renewal changes; null: never, or without a link"`
}

// refreshView is the state of keeping the token fresh.
type refreshView struct {
	State     runtime.RefreshState `json:"state" enum:"none,ok,failing,unknown_outcome,refused" doc:"none: nothing can renew this connection"`
	Attempts  int                  `json:"attempts" doc:"failed in a row"`
	NotBefore *time.Time           `json:"notBefore,omitempty" doc:"no attempt before this, unless asked for"`
}

func (s *server) showConnection(c *runtime.Connection) connectionView {
	v := connectionView{
		ID: c.ID, Integration: c.Integration, Owner: c.Owner, Status: c.Status, Label: c.Label, AccountID: c.AccountID,
		AuthOption: c.AuthOption, Labels: c.Labels, Scopes: orNone(c.Granted), LastError: c.LastError,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Refresh: s.showRefresh(c),
	}
	if c.Granted == nil {
		v.Scopes = orNone(c.Scopes)
	}
	if !c.Grant.At.IsZero() {
		v.AuthorizedAt = &c.Grant.At
	}
	if c.Token != nil && !c.Token.ExpiresAt.IsZero() {
		v.ExpiresAt = &c.Token.ExpiresAt
	}
	return v
}

func (s *server) showRefresh(c *runtime.Connection) refreshView {
	v := refreshView{State: s.Engine.RefreshState(c), Attempts: c.Renewal.Attempts}
	if !c.Renewal.NotBefore.IsZero() {
		v.NotBefore = &c.Renewal.NotBefore
	}
	return v
}
