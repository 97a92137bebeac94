package mapping

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"claviger/mapping/value"
)

// locator is a compiled path into the variables. No steps: all variables.
type locator []step

// step goes to a key (index is isKey), or to an item of a list.
type step struct {
	key   string
	index int
}

const (
	isKey   = -1
	nowhere = -2 // an index such as 1.5, which no list has
)

// find follows the locator; a missing path is Undefined.
func (l locator) find(vars *value.Object) any {
	var at any = vars
	for _, s := range l {
		switch t := at.(type) {
		case *value.Object:
			if s.index != isKey {
				return value.Undefined
			}
			at = t.Get(s.key)
		case []any:
			at = s.in(t)
		default:
			return value.Undefined
		}
	}
	return at
}

// in is the item of a list that the step leads to. As in JavaScript a key can be "length" or an index.
func (s step) in(list []any) any {
	i := s.index
	if i == isKey {
		if s.key == "length" {
			return value.Int(len(list))
		}
		n, err := strconv.Atoi(s.key)
		if err != nil || strconv.Itoa(n) != s.key {
			return value.Undefined
		}
		i = n
	}
	if i < 0 || i >= len(list) {
		return value.Undefined
	}
	return list[i]
}

// parseLocator reads `$.a.b`, `a.b`, `list[0]`, with \ before a character that stands for itself. odd tells what is allowed
// there but can hardly be meant.
func parseLocator(text string) (l locator, odd string, err error) {
	if text == "" {
		return nil, "", errors.New("it is empty")
	}
	p := locatorParser{rest: text, steps: make(locator, 0, 1+strings.Count(text, ".")+strings.Count(text, "["))}
	if strings.HasPrefix(text, "$") {
		p.rest = text[1:]
		if p.rest != "" && p.rest[0] != '.' && p.rest[0] != '[' {
			return nil, "", fmt.Errorf("after $ comes . or [, not %q", p.rest[:1])
		}
	} else if text[0] != '[' {
		p.key()
	}
	for p.rest != "" && err == nil {
		switch p.rest[0] {
		case '.':
			p.rest = p.rest[1:]
			p.key()
		case '[':
			err = p.item()
		default:
			err = fmt.Errorf("after ] comes . or [, not %q", p.rest[:1])
		}
	}
	return p.steps, p.odd, err
}

type locatorParser struct {
	rest  string
	steps locator
	odd   string
}

// key reads a name up to the next . or [.
func (p *locatorParser) key() {
	end := strings.IndexAny(p.rest, `.[\`)
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	if end < len(p.rest) && p.rest[end] == '\\' {
		name, end = unescape(p.rest)
	}
	if name == "" {
		p.odd = "it has an empty name"
	}
	p.rest = p.rest[end:]
	p.steps = append(p.steps, step{key: name, index: isKey})
}

// unescape reads a name that holds backslashes; a backslash at the very end stands for itself.
func unescape(s string) (name string, end int) {
	var b strings.Builder
	for end < len(s) && s[end] != '.' && s[end] != '[' {
		if s[end] == '\\' && end+1 < len(s) {
			end++
		}
		b.WriteByte(s[end])
		end++
	}
	return b.String(), end
}

// item reads an index as JavaScript's Number does; an empty one is 0.
func (p *locatorParser) item() error {
	text, rest, closed := strings.Cut(p.rest[1:], "]")
	if !closed {
		return errors.New("[ is not closed")
	}
	n := value.ToNumber(text)
	if math.IsNaN(n) || n < 0 || math.Signbit(n) {
		return fmt.Errorf("[%s] is no index; an index is a number from 0 on", text)
	}
	index := nowhere
	if n == math.Trunc(n) && n < math.MaxInt32 {
		index = int(n)
	}
	if text != strconv.Itoa(index) {
		p.odd = fmt.Sprintf("[%s] is an odd index", text)
	}
	p.rest = rest
	p.steps = append(p.steps, step{index: index})
	return nil
}

// text is the locator as an author writes it, without "$." where it can do without.
func (l locator) text() string {
	var b strings.Builder
	for i, s := range l {
		switch {
		case s.index == nowhere:
			b.WriteString("[0.5]")
		case s.index != isKey:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case i == 0 && (s.key == "" || s.key[0] == '$'):
			b.WriteString("$." + locatorEscaper.Replace(s.key))
		case i > 0:
			b.WriteByte('.')
			fallthrough
		default:
			b.WriteString(locatorEscaper.Replace(s.key))
		}
	}
	if b.Len() == 0 {
		return "$"
	}
	return b.String()
}

var locatorEscaper = strings.NewReplacer(`\`, `\\`, `.`, `\.`, `[`, `\[`, `]`, `\]`)
