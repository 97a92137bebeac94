package httpapi

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"claviger/mapping/value"
	"claviger/runtime"
)

// identified is a request about one connection.
type identified struct {
	ID string `path:"id" maxLength:"100"`
}

type createConnection struct {
	Body struct {
		Integration string            `json:"integration"`
		Owner       string            `json:"owner,omitempty" doc:"the platform's own name for its tenant or user"`
		Parameters  *object           `json:"parameters,omitempty" doc:"as the connector's schema asks; absent: the connect page asks"`
		Scopes      []string          `json:"scopes,omitempty" doc:"absent: the connector's own"`
		ReturnURL   string            `json:"returnUrl,omitempty"`
		AuthOption  string            `json:"authOption,omitempty"`
		Labels      map[string]string `json:"labels,omitempty"`
	}
}

type createdView struct {
	ID         string         `json:"id"`
	Status     runtime.Status `json:"status"`
	ConnectURL string         `json:"connectUrl,omitempty" doc:"for the user's browser; absent where nobody has to be asked"`
	ExpiresAt  *time.Time     `json:"expiresAt,omitempty" doc:"of connectUrl; of the token where there is none"`
}

type showConnection struct {
	ID   string `path:"id" maxLength:"100"`
	Wait string `query:"wait" doc:"such as 30s, at most 10m: answer when the status leaves pending, or when the time is over"`
}

type listConnections struct {
	Integration string `query:"integration"`
	Owner       string `query:"owner"`
	Status      string `query:"status" enum:"pending,connected,failed,reconnect_required"`
	Cursor      string `query:"cursor" doc:"nextCursor of the page before"`
	Limit       int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type connectionList struct {
	Connections []connectionView `json:"connections"`
	NextCursor  string           `json:"nextCursor,omitempty" doc:"absent on the last page"`
}

type reconnect struct {
	ID   string         `path:"id" maxLength:"100"`
	Body *reconnectBody // may be left out
}

type reconnectBody struct {
	Parameters         *object `json:"parameters,omitempty" doc:"absent: the stored ones"`
	ReturnURL          string  `json:"returnUrl,omitempty"`
	AllowAccountChange bool    `json:"allowAccountChange,omitempty"`
}

type complete struct {
	ID   string `path:"id" maxLength:"100"`
	Body struct {
		Completion string `json:"completion" doc:"as the browser brought it to returnUrl"`
	}
}

type readCredentials struct {
	ID          string `path:"id" maxLength:"100"`
	MinValidity string `query:"minValidity" doc:"such as 60s: wait for a token that lives that long"`
	Include     string `query:"include" enum:"refresh_token"`
}

// written is an answer whose JSON is ready.
type written struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *server) connectionRoutes() {
	const list, one, tag = "/v1/connections", "/v1/connections/{id}", "connections"
	create := operation(http.MethodPost, list, tag, "Begin a connection")
	create.DefaultStatus = http.StatusCreated
	huma.Register(s.api, create, s.createConnection)
	huma.Register(s.api, operation(http.MethodGet, list, tag, "List connections"), s.listConnections)
	huma.Register(s.api, operation(http.MethodGet, one, tag, "Show a connection"), s.showOne)
	huma.Register(s.api, operation(http.MethodPost, one+"/reconnect", tag, "Open a new connect link"), s.reconnect)
	huma.Register(s.api, operation(http.MethodPost, one+"/complete", tag, "Redeem a held code"),
		func(ctx context.Context, in *complete) (*body[connectionView], error) {
			c, err := s.Engine.Complete(ctx, caller(ctx), in.ID, in.Body.Completion)
			return s.connectionAnswer(c, err)
		})
	huma.Register(s.api, operation(http.MethodPost, one+"/refresh", tag, "Renew now"),
		func(ctx context.Context, in *identified) (*body[connectionView], error) {
			c, err := s.Engine.Refresh(ctx, caller(ctx), in.ID)
			return s.connectionAnswer(c, err)
		})
	huma.Register(s.api, operation(http.MethodPost, one+"/test", tag, "Try a connection out"),
		func(ctx context.Context, in *identified) (*body[testedView], error) {
			t, err := s.Engine.TestConnection(ctx, caller(ctx), in.ID)
			if err != nil {
				return nil, s.problem(err)
			}
			return &body[testedView]{Body: testedView{OK: t.OK, Message: t.Message, Label: t.Label}}, nil
		})
	remove := operation(http.MethodDelete, one, tag, "Revoke at the provider where that is possible, and erase")
	remove.DefaultStatus = http.StatusOK
	huma.Register(s.api, remove, func(ctx context.Context, in *identified) (*body[deletedView], error) {
		r, err := s.Engine.DeleteConnection(ctx, caller(ctx), in.ID)
		if err != nil {
			return nil, s.problem(err)
		}
		return &body[deletedView]{Body: deletedView{ID: in.ID, Deleted: true, Revoked: r.Revoked, Reason: r.Reason}}, nil
	})
	credentials := operation(http.MethodGet, one+"/credentials", tag, "Hand out usable credentials")
	credentials.Responses = map[string]*huma.Response{"200": {
		Description: "credentials with the provider's own names, and expiresAt (null: unknown)",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: credentialsSchema()}},
	}}
	huma.Register(s.api, credentials, s.readCredentials)
}

type deletedView struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
	Revoked bool   `json:"revoked" doc:"whether the provider took the token back"`
	Reason  string `json:"reason,omitempty" doc:"why it did not, where it did not"`
}

type testedView struct {
	OK      bool   `json:"ok"`
	Message string `json:"message,omitempty" doc:"why it does not work"`
	Label   string `json:"label,omitempty" doc:"of the connection, as the connector tells it now"`
}

func credentialsSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"credentials", "expiresAt"},
		Properties: map[string]*huma.Schema{
			"credentials": {Type: huma.TypeObject, AdditionalProperties: true},
			"expiresAt":   {Type: huma.TypeString, Format: "date-time", Nullable: true},
		},
	}
}

func (s *server) createConnection(ctx context.Context, in *createConnection) (*body[createdView], error) {
	n := runtime.NewConnection{
		Integration: in.Body.Integration, Owner: in.Body.Owner, Parameters: inner(in.Body.Parameters), Scopes: in.Body.Scopes,
		ReturnURL: in.Body.ReturnURL, AuthOption: in.Body.AuthOption, Labels: in.Body.Labels,
	}
	created, err := s.Engine.CreateConnection(ctx, caller(ctx), n)
	return s.createdAnswer(created, err)
}

func inner(o *object) *value.Object {
	if o == nil {
		return nil
	}
	return o.Object
}

func (s *server) createdAnswer(c *runtime.Created, err error) (*body[createdView], error) {
	if err != nil {
		return nil, s.problem(err)
	}
	v := createdView{ID: c.Connection.ID, Status: c.Connection.Status, ConnectURL: c.ConnectURL}
	switch {
	case c.ConnectURL != "":
		v.ExpiresAt = &c.ExpiresAt
	case c.Connection.Token != nil && !c.Connection.Token.ExpiresAt.IsZero():
		v.ExpiresAt = &c.Connection.Token.ExpiresAt
	}
	return &body[createdView]{Body: v}, nil
}

func (s *server) reconnect(ctx context.Context, in *reconnect) (*body[createdView], error) {
	var r runtime.Reconnect
	if b := in.Body; b != nil {
		r = runtime.Reconnect{Parameters: inner(b.Parameters), ReturnURL: b.ReturnURL, AllowAccountChange: b.AllowAccountChange}
	}
	created, err := s.Engine.ReconnectConnection(ctx, caller(ctx), in.ID, r)
	return s.createdAnswer(created, err)
}

// longestWait bounds ?wait=: a connect link lives no longer.
const longestWait = 10 * time.Minute

func (s *server) showOne(ctx context.Context, in *showConnection) (*body[connectionView], error) {
	wait, err := duration("wait", in.Wait, longestWait)
	if err != nil {
		return nil, s.problem(err)
	}
	if wait == 0 {
		c, err := s.Engine.Connection(ctx, caller(ctx), in.ID)
		return s.connectionAnswer(c, err)
	}
	c, err := s.Engine.WaitConnection(ctx, caller(ctx), in.ID, wait)
	return s.connectionAnswer(c, err)
}

// duration reads a span such as 30s; 0 where there is none.
func duration(name, text string, most time.Duration) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil || d < 0:
		return 0, &runtime.Error{Code: runtime.CodeInvalidRequest, Message: "expected a duration such as 30s in " + name}
	case d > most:
		return 0, &runtime.Error{Code: runtime.CodeInvalidRequest, Message: fmt.Sprintf("%s may be %s at most", name, most)}
	}
	return d, nil
}

func (s *server) connectionAnswer(c *runtime.Connection, err error) (*body[connectionView], error) {
	if err != nil {
		return nil, s.problem(err)
	}
	return &body[connectionView]{Body: s.showConnection(c)}, nil
}

func (s *server) listConnections(ctx context.Context, in *listConnections) (*body[connectionList], error) {
	list, err := s.Engine.Connections(ctx, caller(ctx), runtime.ConnectionFilter{
		Integration: in.Integration, Owner: in.Owner, Status: runtime.Status(in.Status), After: in.Cursor, Limit: in.Limit + 1,
	})
	if err != nil {
		return nil, s.problem(err)
	}
	out := connectionList{Connections: []connectionView{}}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.NextCursor = list[in.Limit-1].ID
	}
	for _, c := range list {
		out.Connections = append(out.Connections, s.showConnection(c))
	}
	return &body[connectionList]{Body: out}, nil
}

func (s *server) readCredentials(ctx context.Context, in *readCredentials) (*written, error) {
	least, err := duration("minValidity", in.MinValidity, math.MaxInt64)
	if err != nil {
		return nil, s.problem(err)
	}
	a, err := s.Engine.Credentials(ctx, caller(ctx), in.ID, runtime.CredentialsQuery{MinValidity: least, IncludeRefresh: in.Include != ""})
	if err != nil {
		return nil, s.problem(err)
	}
	return &written{ContentType: "application/json", Body: a.JSON}, nil
}
