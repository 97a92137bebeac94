package grant

import (
	"fmt"
	"slices"

	"claviger/mapping"
	"claviger/mapping/value"
)

// formula is evaluated when a provider's answer is there; *mapping.Deferred is one.
type formula interface {
	Eval(extra *value.Object) (any, error)
}

// Deferred tells which output paths of getOAuthConfig hold formulas that are evaluated only when a provider has
// answered. It is the Defer of mapping.Options.
func Deferred(path []string) bool {
	return slices.Equal(path, []string{"errorWhen"}) ||
		len(path) == 3 && path[0] == "errorClasses" && path[2] == "when"
}

// formula takes a deferred formula as it is and compiles one that came as data.
func (p *parser) formula(at string, v any) formula {
	if f, ok := v.(formula); ok {
		return f
	}
	f, mistakes := mapping.FromData(v, p.arguments)
	for _, m := range mistakes {
		p.mistake(at, "%s", m)
	}
	return f
}

// fieldPath is one entry of tokenFields: where a field sits in the token response.
type fieldPath struct {
	field   string
	locator formula
}

// readTokenFields compiles each locator as the mapping language's own $var.
func readTokenFields(p *parser, v any) {
	for name, locator := range p.object("tokenFields", v).All() {
		at := "tokenFields." + shorten(name, 60)
		if text := p.text(at, locator); text != "" {
			found := &parser{}
			f := found.formula(at, value.Of("$var", text))
			p.mistakes = append(p.mistakes, found.mistakes...)
			p.c.tokenFields = append(p.c.tokenFields, fieldPath{name, f})
		}
	}
}

// errorClass is one entry of errorClasses.
type errorClass struct {
	when  formula
	class Class
}

func readErrorClasses(p *parser, v any) {
	list, ok := v.([]any)
	if !ok {
		p.expected("errorClasses", "a list", v)
	}
	for i, item := range list {
		at := fmt.Sprintf("errorClasses[%d]", i)
		o := p.object(at, item)
		if o == nil {
			continue
		}
		for _, name := range o.Keys() {
			if name != "when" && name != "class" {
				p.mistake(at+"."+shorten(name, 60), "unknown field: %s", unknownWord(name, []string{"when", "class"}))
			}
		}
		if !o.Has("when") {
			p.mistake(at, "expected a formula under when")
			continue
		}
		class, _ := p.word(at+".class", o.Get("class"), string(Reauth), string(Misconfigured), string(Transient))
		p.c.errorClasses = append(p.c.errorClasses, errorClass{p.formula(at+".when", o.Get("when")), Class(class)})
	}
}
