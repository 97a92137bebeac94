package placeholder

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"claviger/mapping/value"
)

// Form is what a text is part of, so that a value put into it cannot become more than a value.
type Form int

// The forms. A value that has been through .urlencode last is not encoded again in URL.
const (
	Plain Form = iota // as it is
	URL               // of a query or form: percent-encoded
	JSON              // in a JSON text: escaped as inside of its quotes
)

// Expand puts values in the place of the placeholders. What resolve fails with is the error. A value that would bring a line
// break or another control character is refused, not cleaned. Errors name the placeholder and never hold a value.
func (t *Text) Expand(resolve func(Reference) (any, error), f Form) (string, error) {
	var b strings.Builder
	for _, p := range t.pieces {
		if !p.placeholder {
			b.WriteString(p.literal)
			continue
		}
		text, err := p.expand(resolve, f)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (p *piece) expand(resolve func(Reference) (any, error), f Form) (string, error) {
	v, err := p.value(resolve)
	for _, one := range p.filters {
		if err == nil {
			if v, err = one.apply(v); err != nil {
				err = p.error(err)
			}
		}
	}
	if err != nil {
		return "", err
	}
	text, err := scalar(v)
	if err == nil {
		text, err = f.write(text, len(p.filters) > 0 && p.filters[len(p.filters)-1].urlencode)
	}
	if err == nil && strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		err = errors.New("its value holds a line break or another control character, which is refused")
	}
	if err != nil {
		return "", p.error(err)
	}
	return text, nil
}

// value is what the terms come to, one after the other; one alone keeps its kind.
func (p *piece) value(resolve func(Reference) (any, error)) (any, error) {
	var b strings.Builder
	for _, t := range p.terms {
		var v any = t.text
		if !t.quoted {
			var err error
			if v, err = resolve(t.Reference); err != nil {
				return nil, err
			}
		}
		if len(p.terms) == 1 {
			return v, nil
		}
		text, err := scalar(v)
		if err != nil {
			return nil, p.error(err)
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func (f Form) write(text string, encoded bool) (string, error) {
	switch {
	case f == URL && !encoded:
		return url.QueryEscape(text), nil
	case f == JSON:
		quoted, err := value.Encode(text)
		return strings.TrimSuffix(strings.TrimPrefix(string(quoted), `"`), `"`), err
	}
	return text, nil
}

// error names the placeholder by its first reference.
func (p *piece) error(err error) error {
	for _, t := range p.terms {
		if !t.quoted {
			return fmt.Errorf("the placeholder of %s: %w", t.Reference, err)
		}
	}
	return fmt.Errorf("a placeholder: %w", err)
}
