package connectors

import (
	"bytes"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// maxSubschemas bounds a schema: the library's time to compile grows with the square of it.
const maxSubschemas = 5_000

// schemaChecker judges one schema as it stands in a file.
type schemaChecker struct {
	findings finding.List
	library  bool // a keyword needs the library
	count    int
	path     []string // of the subschema that is judged
	defaults []defaultAt
}

// defaultAt is a default that only the library can judge.
type defaultAt struct {
	pointer string        // of the schema that it must fit
	schema  *yamlpos.Node //
	node    *yamlpos.Node
}

// checkSchema judges the schema at n and returns it, nil where it is unusable. what names it in messages.
func checkSchema(n *yamlpos.Node, what string) (*Schema, finding.List) {
	c := &schemaChecker{}
	if n.Kind != yamlpos.Map {
		return nil, finding.List{finding.Errorf(n.Pos, "%s: expected a JSON Schema object, found %s", what, n.Kind)}
	}
	if t := n.Get("type"); t != nil && t.Kind == yamlpos.String && t.Text != "object" && slices.Contains(jsonTypes, t.Text) {
		c.errorf(t, "%s describes an object of named parameters: expected type object, found %s", what, t.Text)
	}
	c.schema(n)
	c.names(n)
	c.askLibrary(n)
	if c.findings.HasErrors() {
		return nil, c.findings
	}
	text := appendJSON(make([]byte, 0, 512), n)
	return &Schema{text: bytes.Clone(text)}, c.findings
}

func (c *schemaChecker) errorf(n *yamlpos.Node, format string, args ...any) *finding.Finding {
	c.findings = append(c.findings, finding.Errorf(n.Pos, format, args...))
	return &c.findings[len(c.findings)-1]
}

// schema judges one schema or subschema, which stands at c.path.
func (c *schemaChecker) schema(n *yamlpos.Node) {
	if c.count++; c.count > maxSubschemas {
		if c.count == maxSubschemas+1 {
			c.errorf(n, "a schema may have at most %d subschemas", maxSubschemas)
		}
		return
	}
	switch n.Kind {
	case yamlpos.Bool:
	case yamlpos.Map:
		for i := range n.Pairs {
			c.keyword(&n.Pairs[i])
		}
		if d := n.Get("default"); d != nil {
			c.judgeDefault(n, d)
		}
	default:
		c.errorf(n, "expected a schema (an object, true or false), found %s", n.Kind)
	}
}

// below judges a subschema at the end of a way from here.
func (c *schemaChecker) below(n *yamlpos.Node, way ...string) {
	here := len(c.path)
	c.path = append(c.path, way...)
	c.schema(n)
	c.path = c.path[:here]
}

func (c *schemaChecker) keyword(p *yamlpos.Pair) {
	s, known := keywords[p.Key]
	if !known {
		c.annotation(p)
		return
	}
	v := p.Value
	switch s {
	case libraryValue:
		c.libraryKeyword(p)
	case schemaValue:
		c.below(v, p.Key)
	case schemaMap:
		if c.is(p, yamlpos.Map, "an object of schemas") {
			for i := range v.Pairs {
				c.below(v.Pairs[i].Value, p.Key, v.Pairs[i].Key)
			}
		}
	case schemaList:
		if c.is(p, yamlpos.List, "a list of schemas") {
			if len(v.Items) == 0 {
				c.errorf(v, "%s: expected at least one schema", p.Key)
			}
			for i, item := range v.Items {
				c.below(item, p.Key, strconv.Itoa(i))
			}
		}
	default:
		c.simple(s, p)
	}
}

// simple judges keywords that hold no schema.
func (c *schemaChecker) simple(s shape, p *yamlpos.Pair) {
	v := p.Value
	switch s {
	case textValue:
		c.is(p, yamlpos.String, "text")
	case flagValue:
		c.is(p, yamlpos.Bool, "true or false")
	case listValue:
		c.is(p, yamlpos.List, "a list")
	case numberValue:
		c.is(p, yamlpos.Number, "a number")
	case positiveValue:
		if c.is(p, yamlpos.Number, "a number above 0") && (v.Text == "0" || v.Text[0] == '-') {
			c.errorf(v, "%s: expected a number above 0, found %s", p.Key, v.Text)
		}
	case countValue:
		if c.is(p, yamlpos.Number, "a whole number") && strings.Trim(v.Text, "0123456789") != "" {
			c.errorf(v, "%s: expected a whole number from 0, found %s", p.Key, v.Text)
		}
	case patternValue:
		if c.is(p, yamlpos.String, "a regular expression") {
			c.pattern(v, p.Key, v.Text)
		}
	case formatValue:
		if c.is(p, yamlpos.String, "the name of a format") {
			c.format(v)
		}
	case typeValue:
		c.types(v)
	case namesValue:
		c.distinctNames(p)
	}
}

func (c *schemaChecker) is(p *yamlpos.Pair, k yamlpos.Kind, what string) bool {
	if p.Value.Kind == k {
		return true
	}
	f := c.errorf(p.Value, "%s: expected %s, found %s", p.Key, what, p.Value.Kind)
	if p.Key == "required" {
		*f = f.Suggest("list the names of required parameters in `required` of the object that has them")
	}
	return false
}

func (c *schemaChecker) pattern(at *yamlpos.Node, keyword, expression string) {
	if _, err := syntax.Parse(expression, syntax.Perl); err != nil {
		f := c.errorf(at, "%s: %s", keyword, patternProblem(err))
		if strings.Contains(expression, "(?=") || strings.Contains(expression, "(?!") || strings.Contains(expression, "(?<") {
			*f = f.Suggest("patterns are RE2: there is no look-around")
		}
	}
}

func patternProblem(err error) string {
	var s *syntax.Error
	if errors.As(err, &s) {
		return fmt.Sprintf("the regular expression cannot be used: %s `%s`", s.Code, s.Expr)
	}
	return "the regular expression cannot be used: " + err.Error()
}

func (c *schemaChecker) format(v *yamlpos.Node) {
	if slices.Contains(formats, v.Text) {
		return
	}
	f := finding.Notef(v.Pos, "format %q is not one that is checked", v.Text)
	if near := finding.Nearest(v.Text, formats); near != "" {
		f = finding.Warningf(v.Pos, "format %q is not one that is checked", v.Text).Suggest("did you mean %q?", near)
	}
	c.findings = append(c.findings, f)
}

func (c *schemaChecker) types(v *yamlpos.Node) {
	list := []*yamlpos.Node{v}
	if v.Kind == yamlpos.List && len(v.Items) > 0 {
		list = v.Items
	}
	for i, item := range list {
		switch {
		case item.Kind != yamlpos.String:
			c.errorf(item, "type: expected a type's name or a list of them, found %s", item.Kind)
		case !slices.Contains(jsonTypes, item.Text):
			f := c.errorf(item, "type: %q is no JSON type", item.Text)
			*f = f.Suggest("%s", finding.DidYouMean(item.Text, jsonTypes))
		case slices.ContainsFunc(list[:i], func(b *yamlpos.Node) bool { return b.Text == item.Text }):
			c.errorf(item, "type: %q is listed twice", item.Text)
		}
	}
}

func (c *schemaChecker) distinctNames(p *yamlpos.Pair) {
	if !c.is(p, yamlpos.List, "a list of names") {
		return
	}
	seen := make(map[string]bool, len(p.Value.Items))
	for _, item := range p.Value.Items {
		switch {
		case item.Kind != yamlpos.String:
			c.errorf(item, "%s: expected a name, found %s", p.Key, item.Kind)
		case seen[item.Text]:
			c.errorf(item, "%s: %q is listed twice", p.Key, item.Text)
		}
		seen[item.Text] = true
	}
}

// annotation takes a keyword that JSON Schema does not know: it is kept and means nothing, unless it looks like a slip.
func (c *schemaChecker) annotation(p *yamlpos.Pair) {
	if slices.Contains(dialect, p.Key) || strings.HasPrefix(p.Key, "x-") {
		return
	}
	if near := finding.Nearest(p.Key, keywordNames); near != "" {
		c.findings = append(c.findings, finding.Warningf(p.KeyPos, "JSON Schema has no keyword %q: it has no effect", p.Key).
			Suggest("did you mean %q?", near))
		return
	}
	c.findings = append(c.findings, finding.Notef(p.KeyPos, "JSON Schema has no keyword %q: it is kept as an annotation", p.Key))
}

func (c *schemaChecker) libraryKeyword(p *yamlpos.Pair) {
	c.library = true
	switch p.Key {
	case "$ref", "$dynamicRef":
		if p.Value.Kind == yamlpos.String && !strings.HasPrefix(p.Value.Text, "#") {
			c.errorf(p.Value, "%s: a schema may refer to itself only, found %q", p.Key, p.Value.Text)
		}
	case "$schema":
		if p.Value.Kind == yamlpos.String && strings.TrimSuffix(p.Value.Text, "#") != jsonschema.Draft2020.String() {
			c.errorf(p.Value, "$schema: schemas are JSON Schema 2020-12, found %q", p.Value.Text)
		}
	}
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1", "%", "%25")

// pointer writes a path as a JSON pointer in a URL's fragment.
func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteString("/" + pointerEscapes.Replace(token))
	}
	return b.String()
}
