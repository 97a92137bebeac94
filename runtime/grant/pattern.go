package grant

import (
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

// The named groups of callbackPattern and statePattern.
const (
	tokenGroup = "token"
	keyGroup   = "key"
)

// What is more than any real callback needs. Anybody may send a callback, and looking at it costs steps times bytes.
const (
	longestPattern = 1_000    // bytes
	maxSteps       = 2_000    // that a pattern is compiled to
	longestAddress = 32 << 10 // bytes that a pattern looks at
)

// pattern reads a regular expression with one named group.
func (p *parser) pattern(at, group string, v any) string {
	text := p.text(at, v)
	if text == "" {
		if v == "" {
			p.mistake(at, "expected a regular expression, found an empty string")
		}
		return ""
	}
	if len(text) > longestPattern {
		p.mistake(at, "expected at most %d bytes, found %d", longestPattern, len(text))
		return ""
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		p.mistake(at, "%s (the syntax is RE2's: no look-around, no back reference)", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return ""
	}
	names := compiled.SubexpNames()
	switch {
	case steps(text) > maxSteps:
		p.mistake(at, "its repetitions make it too large")
	case !slices.Contains(names, group):
		p.mistake(at, "has no named group %s: write (?<%s>…) around what is to be taken", group, group)
	case compiled.MatchString(""):
		p.mistake(at, "matches an empty text, so that it would take nothing from any callback")
	default:
		return text
	}
	return ""
}

// steps is the size of a pattern's program.
func steps(pattern string) int {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst)
}

// InCallback is what the named group of a pattern that Parse has taken finds in a callback's whole address, percent-decoded;
// "" where it finds nothing, the address cannot be read, or is longer than 32 KiB.
func InCallback(pattern, address string) string {
	if len(address) > longestAddress {
		return ""
	}
	plain, err := url.PathUnescape(address)
	if err != nil || !utf8.ValidString(plain) {
		return ""
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return ""
	}
	found := compiled.FindStringSubmatch(plain)
	for i, name := range compiled.SubexpNames() {
		if found != nil && (name == tokenGroup || name == keyGroup) && found[i] != "" {
			return found[i]
		}
	}
	return ""
}
