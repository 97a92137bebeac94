package worker

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"claviger/jsbridge/wire"
	"claviger/mapping/finding"
)

// lint finds what compiles and does not do what its author means: property classes in regular expressions, which goja
// reads and never matches.
func (b *bundle) lint(u *unit, name string) []wire.Finding {
	l := &linter{bundle: b, unit: u, name: name, seen: map[any]bool{}}
	l.walk(reflect.ValueOf(u.tree.Body), 0)
	return l.found
}

type linter struct {
	bundle *bundle
	unit   *unit
	name   string
	seen   map[any]bool
	found  []wire.Finding
}

// maxWalk bounds the walk through syntax; the parser has taken a text this deep, the walk need not.
const maxWalk = 20000

// walk goes through every node that can be reached from v.
func (l *linter) walk(v reflect.Value, depth int) {
	if depth > maxWalk {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		l.walk(v.Elem(), depth+1)
	case reflect.Pointer:
		l.node(v, depth)
	case reflect.Slice:
		for i := range v.Len() {
			l.walk(v.Index(i), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				l.walk(v.Field(i), depth+1)
			}
		}
	}
}

func (l *linter) node(v reflect.Value, depth int) {
	if v.IsNil() || l.seen[v.Interface()] {
		return
	}
	l.seen[v.Interface()] = true
	switch n := v.Interface().(type) {
	case *file.File:
		return
	case *ast.RegExpLiteral:
		l.pattern(n.Idx, n.Pattern, n.Flags)
	case *ast.NewExpression:
		l.construct(n.New, n.Callee, n.ArgumentList)
	case *ast.StringLiteral:
		l.loose(n.Idx, n)
	case *ast.TemplateLiteral:
		l.loose(n.Idx0(), n)
	case *ast.CallExpression:
		l.construct(n.Callee.Idx0(), n.Callee, n.ArgumentList)
	}
	l.walk(v.Elem(), depth+1)
}

func (l *linter) add(at file.Idx, severity finding.Severity, message, suggestion string) {
	l.found = append(l.found, wire.Finding{
		Place:    l.bundle.placeIn(l.unit, l.name, l.unit.tree.File.Position(int(at)-1)),
		Severity: string(severity), Message: message, Suggestion: suggestion,
	})
}

// construct looks at RegExp('…', '…') with or without new, as far as its arguments are known.
func (l *linter) construct(at file.Idx, callee ast.Expression, args []ast.Expression) {
	name, ok := callee.(*ast.Identifier)
	if !ok || name.Name != "RegExp" || len(args) == 0 {
		return
	}
	flags := ""
	if len(args) > 1 {
		flags = textOf(args[1])
	}
	if pattern := textOf(args[0]); hasPropertyClass(pattern) {
		l.seen[args[0]] = true // it is told of here, and not as a text of its own
		l.pattern(at, pattern, flags)
	}
}

// textOf is what an expression is known to hold of a text: that of literals, templates and their sums.
func textOf(e ast.Expression) string {
	switch e := e.(type) {
	case *ast.StringLiteral:
		return e.Value.String()
	case *ast.BinaryExpression:
		return textOf(e.Left) + textOf(e.Right)
	case *ast.TemplateLiteral:
		var text strings.Builder
		for i, part := range e.Elements {
			if e.Tag != nil {
				text.WriteString(part.Literal)
			} else {
				text.WriteString(part.Parsed.String())
			}
			if i < len(e.Expressions) {
				text.WriteString(textOf(e.Expressions[i]))
			}
		}
		return text.String()
	}
	return ""
}

// loose looks at a text outside of RegExp('…'), which may become a pattern elsewhere.
func (l *linter) loose(at file.Idx, e ast.Expression) {
	if hasPropertyClass(textOf(e)) {
		l.add(at, finding.Warning, `a text with \p{…}: in a regular expression it never matches here`, propertyAdvice)
	}
}

const propertyAdvice = `name the characters, as in [A-Za-z\u00C0-\u024F]`

func (l *linter) pattern(at file.Idx, pattern, flags string) {
	if !hasPropertyClass(pattern) {
		return
	}
	severity, message := finding.Error, `\p{…} in a regular expression never matches here`
	if !strings.ContainsAny(flags, "uv") {
		severity, message = finding.Warning, `\p{…} in a regular expression without the flag u means the letter p`
	}
	l.add(at, severity, message, propertyAdvice)
}

// hasPropertyClass tells whether a pattern has \p{ or \P{ in which the backslash is not itself escaped.
func hasPropertyClass(pattern string) bool {
	for i := 0; i+2 < len(pattern); i++ {
		if pattern[i] != '\\' {
			continue
		}
		if (pattern[i+1] == 'p' || pattern[i+1] == 'P') && pattern[i+2] == '{' {
			return true
		}
		i++
	}
	return false
}
