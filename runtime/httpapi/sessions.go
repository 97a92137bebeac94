package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"claviger/runtime"
)

type createSession struct {
	Body struct {
		Owner        string   `json:"owner" doc:"whose connections the page may reach"`
		Integrations []string `json:"integrations,omitempty" doc:"absent: those that the key reaches"`
		Origins      []string `json:"origins" doc:"of the pages, as browsers write them: https://app.example"`
		Role         string   `json:"role,omitempty" enum:"admin,user" doc:"user where it is absent"`
		TTL          span     `json:"ttl,omitempty" doc:"such as 10m, or a number of seconds; at most 15m; 5m where it is absent"`
	}
}

type sessionView struct {
	ID        string    `json:"id"`
	Token     string    `json:"token" doc:"for the page, as its bearer token; not to be had again"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// span is a length of time: a text such as 10m, or a number of seconds.
type span time.Duration

// Schema describes it.
func (span) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}}
}

// UnmarshalJSON refuses what is none, and less than nothing.
func (s *span) UnmarshalJSON(src []byte) error {
	var seconds int32
	err := json.Unmarshal(src, &seconds)
	d := time.Duration(seconds) * time.Second
	if err != nil {
		var text string
		if err = json.Unmarshal(src, &text); err == nil {
			d, err = time.ParseDuration(text)
		}
	}
	if err != nil || d <= 0 {
		return errors.New("expected a duration such as 10m, or a number of seconds")
	}
	*s = span(d)
	return nil
}

func (s *server) sessionRoutes() {
	const path, tag = "/v1/sessions", "sessions"
	create := operation(http.MethodPost, path, tag, "Let a page in a browser reach one owner's connections for a while")
	create.DefaultStatus = http.StatusCreated
	huma.Register(s.api, create, s.createSession)
	huma.Register(s.api, operation(http.MethodDelete, path+"/{id}", tag, "End a session"),
		func(ctx context.Context, in *identified) (*struct{}, error) {
			return nil, s.problem(s.Engine.DeleteSession(ctx, caller(ctx), in.ID))
		})
}

func (s *server) createSession(ctx context.Context, in *createSession) (*body[sessionView], error) {
	made, token, err := s.Engine.CreateSession(ctx, caller(ctx), runtime.NewSession{
		Owner: in.Body.Owner, Integrations: in.Body.Integrations, Origins: in.Body.Origins, Role: runtime.Role(in.Body.Role), Life: time.Duration(in.Body.TTL),
	})
	if err != nil {
		return nil, s.problem(err)
	}
	return &body[sessionView]{Body: sessionView{ID: made.ID, Token: token, ExpiresAt: made.ExpiresAt}}, nil
}
