// Package placeholder is the language of placeholders in calls that are passed on: what callers write in the place of values
// that they must not see.
//
//	__apiKey__                              a parameter of the integration
//	[user[credentials/access_token]]        a member of the connection's credentials
//	[user[values/login]]                    a value of the connection
//	[[webhook/secret]]                      a value of the integration
//	__clientId+':'+clientSecret.base64__    several of them and quoted texts, one after the other; filters apply to the whole
//	__config.json("[api][key]").urlencode__ a member of a JSON value
//
// Between the underscores the forms in brackets may stand too. Words: a Reference names what a placeholder stands for, a Text is a
// text that was read once; its literal parts stay byte for byte. What a value holds is never read again as a placeholder.
//
// The package knows no request and decides nothing: who may expand what, and where, is package runtime's.
package placeholder

import (
	"fmt"
	"strings"
)

// Kind is where a Reference points to.
type Kind int

// The kinds.
const (
	Parameter        Kind = iota // of the integration
	Credential                   // of the connection's credentials
	ConnectionValue              // a named value of the connection
	IntegrationValue             // a named value of the integration
)

// Reference names what a placeholder stands for.
type Reference struct {
	Kind Kind
	Name string
}

// String is the reference as rules list it, which ParseReference reads.
func (r Reference) String() string {
	switch r.Kind {
	case Credential:
		return "[user[credentials/" + r.Name + "]]"
	case ConnectionValue:
		return "[user[values/" + r.Name + "]]"
	case IntegrationValue:
		return "[[" + r.Name + "]]"
	}
	return r.Name
}

// ParseReference reads one reference without filters: the name of a parameter, or one of the forms in brackets.
func ParseReference(text string) (Reference, error) {
	s := &scanner{text: text}
	t, ok, err := s.term()
	switch {
	case err != nil:
		return Reference{}, err
	case !ok || s.at != len(text) || t.quoted:
		return Reference{}, fmt.Errorf("expected the name of a parameter, [user[credentials/NAME]], [user[values/NAME]] or [[NAME]], got %q", shorten(text))
	}
	return t.Reference, nil
}

// Text is a text with placeholders.
type Text struct {
	pieces []piece
}

// piece is a literal part, or a placeholder.
type piece struct {
	literal     string
	placeholder bool
	terms       []term
	filters     []filter
}

// term is a reference or a quoted text.
type term struct {
	Reference
	quoted bool
	text   string
}

// References are what the text's placeholders name, in their order.
func (t *Text) References() []Reference {
	var out []Reference
	for _, p := range t.pieces {
		for _, one := range p.terms {
			if !one.quoted {
				out = append(out, one.Reference)
			}
		}
	}
	return out
}

func shorten(text string) string {
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}
