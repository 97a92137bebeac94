package runtime

import (
	"errors"
	"net/textproto"
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"claviger/runtime/placeholder"
)

// ruleMemory is how many integrations' rules are kept compiled.
const ruleMemory = 100

// placeholderRules are an integration's rules, compiled. They never change.
type placeholderRules struct {
	of    edition
	rules []compiledRule
}

type compiledRule struct {
	*PlaceholderRule
	position string         // as an expander writes it
	pattern  *regexp.Regexp // of a whole address
}

// edition is one state of an integration's record. A key that was deleted may come back, with other content.
type edition struct {
	version, created int64
}

func (i *Integration) edition() edition { return edition{i.Version, i.CreatedAt.UnixMicro()} }

// rulesOf are an integration's rules, compiled once for each edition. One whose pattern cannot be read speaks of nothing.
func (m *integrationMemory) rulesOf(i *Integration) *placeholderRules {
	if known, ok := m.rules.Get(i.Key); ok && known.of == i.edition() {
		return known
	}
	compiled := &placeholderRules{of: i.edition()}
	for n := range i.Placeholders {
		r := &i.Placeholders[n]
		if pattern, err := r.pattern(); err == nil {
			compiled.rules = append(compiled.rules, compiledRule{r, r.canonicalPosition(), pattern})
		}
	}
	m.rules.Add(i.Key, compiled)
	return compiled
}

// longestAddress is that of an address that rules are looked for; of a longer one none speaks.
const longestAddress = 16 << 10

// allow tells whether a rule lets a placeholder be expanded at a place in a call.
func (r *placeholderRules) allow(name placeholder.Reference, method string, u *url.URL, position string, session bool) bool {
	text, address := name.String(), withoutQuery(u)
	return len(address) <= longestAddress && slices.ContainsFunc(r.rules, func(c compiledRule) bool {
		return c.position == position && slices.Contains(c.Names, text) && slices.Contains(c.Methods, method) && (c.Session || !session) && c.pattern.MatchString(address)
	})
}

// canonicalPosition has the names of headers as HTTP compares them.
func (r *PlaceholderRule) canonicalPosition() string {
	if name, ok := strings.CutPrefix(r.Position, "header "); ok {
		return "header " + textproto.CanonicalMIMEHeaderKey(name)
	}
	return strings.TrimSpace(r.Position)
}

// pattern is the compiled pattern, which must match all of an address.
func (r *PlaceholderRule) pattern() (*regexp.Regexp, error) { return regexp.Compile(whole(r.URL)) }

func whole(pattern string) string { return `\A(?:` + pattern + `)\z` }

// maxPattern is how many steps a pattern may be compiled to: it stays in memory.
const maxPattern = 5_000

// checkPattern judges a pattern before it is stored: by itself, or it could close what whole has opened.
func checkPattern(text string) error {
	if _, err := syntax.Parse(text, syntax.Perl); err != nil {
		return err
	}
	parsed, err := syntax.Parse(whole(text), syntax.Perl)
	if err != nil {
		return err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err == nil && len(program.Inst) > maxPattern {
		err = errors.New("its repetitions make it too large")
	}
	return err
}
