package store

import (
	"errors"
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

// putAnswer and readAnswer seal a kept answer as package runtime writes it.
func putAnswer(t *text, a *runtime.Answer) { t.members = a.Members() }

func readAnswer(t *text) *runtime.Answer {
	a, err := runtime.AnswerOf(t.members)
	t.err = errors.Join(t.err, err)
	return a
}
