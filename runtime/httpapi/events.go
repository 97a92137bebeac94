package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"claviger/runtime"
)

type listEvents struct {
	ID     string `path:"id" maxLength:"100"`
	Cursor string `query:"cursor" doc:"nextCursor of the page before"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

// eventView is one entry of a timeline.
type eventView struct {
	ID      string            `json:"id" doc:"of its own within the connection"`
	At      time.Time         `json:"at"`
	Kind    runtime.EventKind `json:"kind" enum:"authorized,refreshed,failed,reconnect_required,console" doc:"console: what a hook printed, where the integration has hookLogs"`
	Message string            `json:"message" doc:"in words; of console: what was printed, redacted"`
	By      runtime.Cause     `json:"by,omitempty" enum:"caller,reader,background,call" doc:"for whom a renewal was made"`
	Key     string            `json:"key,omitempty" doc:"id of the API key, by caller"`
	Method  string            `json:"method,omitempty" doc:"of console: the connector's method"`
	Level   string            `json:"level,omitempty" enum:"debug,info,log,warn,error" doc:"of console"`
	Failure *runtime.Failure  `json:"failure,omitempty" doc:"why it failed, or has to be connected again"`
}

type eventList struct {
	Events     []eventView `json:"events" doc:"the newest first; the last 200 at most are kept, of renewals the last ten or more"`
	NextCursor string      `json:"nextCursor,omitempty" doc:"absent on the last page"`
}

func (s *server) listEvents(ctx context.Context, in *listEvents) (*body[eventList], error) {
	list, err := s.Engine.Events(ctx, caller(ctx), in.ID, in.Cursor, in.Limit+1)
	if err != nil {
		return nil, s.problem(err)
	}
	out := eventList{Events: []eventView{}}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.NextCursor = strconv.FormatInt(list[in.Limit-1].Seq, 10)
	}
	for _, e := range list {
		out.Events = append(out.Events, eventView{
			ID: strconv.FormatInt(e.Seq, 10), At: e.At, Kind: e.Kind, Message: e.Message, By: e.By, Key: e.Key,
			Method: e.Method, Level: e.Level, Failure: e.Failure,
		})
	}
	return &body[eventList]{Body: out}, nil
}

func (s *server) eventRoutes() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/connections/{id}/events", "connections", "Show a connection's timeline"), s.listEvents)
}
