package store

import (
	"time"

	"claviger/runtime"
)

// A connection's token as it is sealed:
//
//	access, refresh        texts
//	issuedAt, expiresAt    times (RFC 3339)
//	query, credentials     objects
//	grant                  text
//	noRefreshToken         boolean
//	margin, refreshLife    nanoseconds
func putToken(t *text, k *runtime.Token) {
	t.putSecret("access", k.Access)
	t.putSecret("refresh", k.Refresh)
	t.putTime("issuedAt", k.IssuedAt)
	t.putTime("expiresAt", k.ExpiresAt)
	t.putObject("query", k.Query)
	t.putObject("credentials", k.Credentials)
	t.putString("grant", k.Grant)
	t.putFlag("noRefreshToken", k.NoRefreshToken)
	t.putInt("margin", int64(k.Margin))
	t.putInt("refreshLife", int64(k.RefreshLife))
}

func readToken(t *text) *runtime.Token {
	return &runtime.Token{
		Access:         t.secret("access"),
		Refresh:        t.secret("refresh"),
		IssuedAt:       t.time("issuedAt"),
		ExpiresAt:      t.time("expiresAt"),
		Query:          t.object("query"),
		Credentials:    t.object("credentials"),
		Grant:          t.string("grant"),
		NoRefreshToken: t.flag("noRefreshToken"),
		Margin:         time.Duration(t.int("margin")),
		RefreshLife:    time.Duration(t.int("refreshLife")),
	}
}

// A pending answer as it is sealed:
//
//	response, query        objects
//	receivedAt             time
//	node                   text
//	exchange               boolean: the members below are there too
//	connectorVersion       text
//	parameters             object
//	allowAccountChange     boolean
func putAnswer(t *text, a *runtime.Answer) {
	t.putObject("response", a.Response)
	t.putTime("receivedAt", a.ReceivedAt)
	t.putObject("query", a.Query)
	t.putString("node", a.Node)
	if x := a.Exchange; x != nil {
		t.putFlag("exchange", true)
		t.putString("connectorVersion", x.ConnectorVersion)
		t.putObject("parameters", x.Parameters)
		t.putFlag("allowAccountChange", x.AllowAccountChange)
	}
}

func readAnswer(t *text) *runtime.Answer {
	a := &runtime.Answer{
		Response:   t.object("response"),
		ReceivedAt: t.time("receivedAt"),
		Query:      t.object("query"),
		Node:       t.string("node"),
	}
	if t.flag("exchange") {
		a.Exchange = &runtime.Exchange{
			ConnectorVersion:   t.string("connectorVersion"),
			Parameters:         t.object("parameters"),
			AllowAccountChange: t.flag("allowAccountChange"),
		}
	}
	return a
}
