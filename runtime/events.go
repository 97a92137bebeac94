package runtime

import (
	"context"
	"strconv"
	"time"
)

// EventKind says what happened to a connection.
type EventKind string

// The kinds of events.
const (
	EventAuthorized        EventKind = "authorized"         // a person, or a creator alone, connected it, or connected it again
	EventRefreshed         EventKind = "refreshed"          // By says for whom
	EventFailed            EventKind = "failed"             // an authorization, or a renewal: then By says for whom; Failure says why
	EventReconnectRequired EventKind = "reconnect_required" // only its user can bring it back; Failure says why
	EventConsole           EventKind = "console"            // a hook's console output, of an integration with HookLogs
)

// Cause says for whom a renewal was made: whoever came first, where several came at the same time.
type Cause string

const (
	ByCaller     Cause = "caller"     // somebody asked for it; Event.Key says with which key
	ByReader     Cause = "reader"     // a reader of credentials needed it and waited
	ByBackground Cause = "background" // a reader was served; it was time
	ByCall       Cause = "call"       // an answer of the API said that the token has expired
)

// MaxEvents is how many events of one connection are kept at most; of EventConsole those beyond the newest hundred go first,
// then the oldest, and of EventRefreshed, which comes most often, the newest ten are kept for certain.
const MaxEvents = 200

// Event is an entry of a connection's timeline. Nothing in it is secret.
type Event struct {
	Seq     int64 // rises within the connection; the store gives it
	At      time.Time
	Kind    EventKind
	Message string // in words; of EventConsole: what was printed, which may hold line feeds
	By      Cause
	Key     string   // id of the API key, of ByCaller
	Method  string   // of EventConsole: the connector's method that printed
	Level   string   // of EventConsole: debug, info, log, warn or error
	Failure *Failure // of EventFailed and EventReconnectRequired
}

// EventFilter selects events of one connection.
type EventFilter struct {
	Connection string
	Before     int64 // only those with a smaller Seq: the cursor; 0: from the newest on
	Limit      int   // at most so many; 0: 100
}

// Events lists a connection's timeline, the newest first. Who may see a connection may see this.
func (e *Engine) Events(ctx context.Context, by *Caller, id, cursor string, limit int) ([]Event, error) {
	f := EventFilter{Connection: id, Limit: limit}
	if cursor != "" {
		seq, err := strconv.ParseInt(cursor, 10, 64)
		if err != nil || seq <= 0 {
			return nil, errorf(CodeInvalidRequest, "the cursor is none that a page before gave")
		}
		f.Before = seq
	}
	if _, err := e.Connection(ctx, by, id); err != nil {
		return nil, err
	}
	if !by.May(ScopeConnect, ScopeUse) {
		return nil, errorf(CodeForbidden, "this needs a key with the scope connect or use")
	}
	list, err := e.store.Events(ctx, f)
	for i := range list {
		if list[i].Kind == EventRefreshed {
			list[i].Message = refreshedWords[list[i].By]
		}
	}
	return list, storeError("events of connection", id, err)
}

// authorized is the event of a connection that was made, or made again.
func authorized(at time.Time, again bool) Event {
	e := Event{At: at, Kind: EventAuthorized, Message: "connected"}
	if again {
		e.Message = "connected again"
	}
	return e
}

// refreshed has no words of its own: there are many of them, and they are stored with each renewal.
func refreshed(at time.Time, why occasion) Event {
	return Event{At: at, Kind: EventRefreshed, By: why.by, Key: why.key}
}

var refreshedWords = map[Cause]string{
	ByCaller: "renewed: somebody asked for it", ByReader: "renewed: a reader needed it", ByBackground: "renewed in the background: it was time",
	ByCall: "renewed: the API called the token expired",
}

// failure is the event of an authorization that failed.
func failure(at time.Time, f *Failure) Event {
	return Event{At: at, Kind: EventFailed, Message: f.Message, Failure: f}
}

func renewalFailure(at time.Time, why occasion, f *Failure) Event {
	e := failure(at, f)
	e.By, e.Key = why.by, why.key
	return e
}

func reconnect(at time.Time, f *Failure) Event {
	return Event{At: at, Kind: EventReconnectRequired, Message: f.Message, Failure: f}
}
