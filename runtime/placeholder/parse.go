package placeholder

import (
	"fmt"
	"regexp"
	"strings"
)

// What one text may hold, so that whoever writes it decides neither how much memory it takes nor how often filters make a value
// grow: each .base64 adds a third.
const (
	maxTerms   = 100
	maxFilters = 5
)

// Parse reads a text. What only resembles a placeholder is literal; one that is written wrongly is an error.
func Parse(text string) (*Text, error) { return read(&scanner{text: text}) }

// ParseEncoded reads a percent-encoded text, such as the value of a query parameter or a form: the placeholders' own characters
// may be encoded, a plus is a plus in them, and what is literal stays as it is encoded.
func ParseEncoded(text string) (*Text, error) {
	if strings.IndexByte(text, '%') < 0 {
		return Parse(text)
	}
	s := &scanner{origins: make([]int, 0, len(text)+1), raw: text}
	var plain strings.Builder
	for i := 0; i < len(text); i++ {
		s.origins = append(s.origins, i)
		if c, ok := decoded(text[i:]); ok {
			plain.WriteByte(c)
			i += 2
			continue
		}
		plain.WriteByte(text[i])
	}
	s.origins = append(s.origins, len(text))
	s.text = plain.String()
	return read(s)
}

func decoded(text string) (byte, bool) {
	if len(text) < 3 || text[0] != '%' {
		return 0, false
	}
	high, low := strings.IndexByte(hexDigits, text[1]|0x20), strings.IndexByte(hexDigits, text[2]|0x20)
	if high < 0 || low < 0 || text[1] < '0' || text[2] < '0' {
		return 0, false
	}
	return byte(high<<4 | low), true
}

const hexDigits = "0123456789abcdef"

// scanner walks over a text.
type scanner struct {
	text    string
	at      int
	raw     string // where text was decoded: what it was decoded from
	origins []int  // of each byte of text in raw
}

// slice is a literal part as it was written.
func (s *scanner) slice(from, to int) string {
	if s.origins == nil {
		return s.text[from:to]
	}
	return s.raw[s.origins[from]:s.origins[to]]
}

func read(s *scanner) (*Text, error) {
	t, literal, terms := &Text{}, 0, 0
	for s.at < len(s.text) {
		from := s.at
		if c := s.text[from]; c != '_' && c != '[' {
			s.at++
			continue
		}
		p, ok, err := s.placeholder()
		if err != nil {
			return nil, err
		}
		if !ok {
			s.at = from + 1
			continue
		}
		if terms += len(p.terms); terms > maxTerms {
			return nil, errTerms
		}
		t.pieces = append(t.pieces, piece{literal: s.slice(literal, from)}, p)
		literal = s.at
	}
	t.pieces = append(t.pieces, piece{literal: s.slice(literal, len(s.text))})
	return t, nil
}

var errTerms = fmt.Errorf("a text may name %d values", maxTerms)

// placeholder reads what begins here, if it is one.
func (s *scanner) placeholder() (p piece, ok bool, err error) {
	p.placeholder = true
	if !s.skip("__") {
		t, ok, err := s.bracketed()
		p.terms = []term{t}
		return p, ok, err
	}
	from := s.at
	for first := true; first || s.skip("+"); first = false {
		t, ok, err := s.term()
		if err != nil || !ok {
			return p, false, s.wrong(from, first, err)
		}
		if p.terms = append(p.terms, t); len(p.terms) > maxTerms {
			return p, false, errTerms
		}
	}
	for s.skip(".") {
		f, ok := s.filter()
		if !ok {
			return p, false, s.wrong(from, false, nil)
		}
		if p.filters = append(p.filters, f); len(p.filters) > maxFilters {
			return p, false, fmt.Errorf("a placeholder may have %d filters", maxFilters)
		}
	}
	if !s.skip("__") {
		return p, false, s.wrong(from, len(p.terms) == 1 && len(p.filters) == 0, nil)
	}
	return p, true, nil
}

// wrong tells a placeholder that is written wrongly from text that happens to have two underscores.
func (s *scanner) wrong(from int, first bool, err error) error {
	if err != nil || first {
		return err
	}
	inside, _, closed := strings.Cut(s.text[from:], "__")
	if !closed || strings.ContainsAny(inside, " \t\r\n") {
		return nil
	}
	return fmt.Errorf("the placeholder __%s__ cannot be read: expected names, quoted texts and the forms in brackets with + between them, then .urlencode, .base64 or .json(\"[KEY]\")", shorten(inside))
}

func (s *scanner) skip(token string) bool {
	if !strings.HasPrefix(s.text[s.at:], token) {
		return false
	}
	s.at += len(token)
	return true
}

func (s *scanner) match(e *regexp.Regexp) (groups []string) {
	groups = e.FindStringSubmatch(s.text[s.at:])
	if groups != nil {
		s.at += len(groups[0])
	}
	return groups
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9](?:_?[A-Za-z0-9-])*`)
	quotedForm = regexp.MustCompile(`^(?:'([^'\r\n]{0,200})'|\\?"([^"\\\r\n]{0,200})\\?")`)
	wideForm   = regexp.MustCompile(`^\[\[([A-Za-z0-9_./-]{1,128})\]\]`)
	userForm   = regexp.MustCompile(`^\[user\[([A-Za-z0-9_./-]{1,160})\]\]`)
	filterForm = regexp.MustCompile(`^(?:(urlencode|base64)|json\(\s*(?:'([^'\r\n]{1,200})'|\\?"([^"\\\r\n]{1,200})\\?")\s*\))`)
)

// term reads a name, a quoted text or a form in brackets.
func (s *scanner) term() (t term, ok bool, err error) {
	if g := s.match(quotedForm); g != nil {
		return term{quoted: true, text: g[1] + g[2]}, true, nil
	}
	if g := s.match(nameForm); g != nil {
		return term{Reference: Reference{Parameter, g[0]}}, true, nil
	}
	return s.bracketed()
}

func (s *scanner) bracketed() (t term, ok bool, err error) {
	if g := s.match(wideForm); g != nil {
		return term{Reference: Reference{IntegrationValue, g[1]}}, true, nil
	}
	g := s.match(userForm)
	if g == nil {
		return t, false, nil
	}
	kind, name, _ := strings.Cut(g[1], "/")
	switch {
	case kind == "credentials" && name != "":
		t.Reference = Reference{Credential, name}
	case kind == "values" && name != "" && len(name) <= 128:
		t.Reference = Reference{ConnectionValue, name}
	default:
		return t, false, fmt.Errorf("the placeholder %s cannot be read: expected [user[credentials/NAME]] or [user[values/NAME]]", shorten(g[0]))
	}
	return t, true, nil
}
