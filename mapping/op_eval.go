package mapping

import (
	"math"
	"strings"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opEval = operator{
	Doc: Doc{
		Name: "$eval",
		Summary: "Compares a value: true or false. The comparison is the key beside $eval, its operand the value there. " +
			"is and isNot compare loosely, as JavaScript's == does; contains looks for an item of a list, or for a part of a text whatever its case; " +
			"gt, gte, lt and lte compare numbers and the numbers that texts begin with.",
		Takes: "the value, and a comparison beside it",
		Parameters: []Parameter{
			{Text: "is, isNot"},
			{Text: "isEmpty, isNotEmpty: null, undefined, \"\", [] and {} are empty, 0 and false are not; the operand does not matter"},
			{Text: "contains, doesNotContain"},
			{Text: "oneOf, noneOf: the operand is a list; items are compared strictly"},
			{Text: "gt, gte, lt, lte"},
		},
		Examples: []Example{
			{`{$eval: {$var: count}, is: "5"}`, `{"count": 5}`, `true`},
			{`{$eval: {$var: response.id}, isNotEmpty: true}`, `{"response": {"id": 0}}`, `true`},
			{`{$eval: Not FOUND here, contains: found}`, ``, `true`},
			{`{$eval: {$var: scopes}, contains: write}`, `{"scopes": ["read", "write"]}`, `true`},
			{`{$eval: {$var: region}, oneOf: [eu, us]}`, `{"region": "eu"}`, `true`},
			{`{$eval: {$var: statusCode}, gte: 400}`, `{"statusCode": 200}`, `false`},
		},
	},
	keysBeside: true,
	compile:    compileEval,
}

// comparison is a word that stands beside $eval.
type comparison struct {
	name string
	test func(v, operand any) bool
}

var comparisons = []comparison{
	{"is", value.LooseEqual},
	{"isNot", opposite(value.LooseEqual)},
	{"isEmpty", isEmpty},
	{"isNotEmpty", opposite(isEmpty)},
	{"contains", contains},
	{"doesNotContain", opposite(contains)},
	{"oneOf", oneOf},
	{"noneOf", opposite(oneOf)},
	{"gt", order(func(a, b float64) bool { return a > b })},
	{"gte", order(func(a, b float64) bool { return a >= b })},
	{"lt", order(func(a, b float64) bool { return a < b })},
	{"lte", order(func(a, b float64) bool { return a <= b })},
}

func opposite(test func(v, operand any) bool) func(v, operand any) bool {
	return func(v, operand any) bool { return !test(v, operand) }
}

func order(test func(a, b float64) bool) func(v, operand any) bool {
	return func(v, operand any) bool { return test(leadingNumber(v), leadingNumber(operand)) }
}

func comparisonNamed(name string) *comparison {
	for i := range comparisons {
		if comparisons[i].name == name {
			return &comparisons[i]
		}
	}
	return nil
}

func comparisonNames() []string {
	var names []string
	for _, c := range comparisons {
		names = append(names, c.name)
	}
	return names
}

func isEmpty(v, _ any) bool {
	switch t := v.(type) {
	case []any:
		return len(t) == 0
	case *value.Object:
		return t.Len() == 0
	}
	return missing(v) || v == ""
}

// contains finds no text in what is falsy, and nothing that is missing in any text.
func contains(v, operand any) bool {
	if list, ok := v.([]any); ok {
		return includes(list, operand)
	}
	if !value.Truthy(v) || missing(operand) {
		return false
	}
	return strings.Contains(strings.ToLower(value.String(v)), strings.ToLower(value.String(operand)))
}

func oneOf(v, operand any) bool {
	list, _ := operand.([]any)
	return includes(list, v)
}

func includes(list []any, v any) bool {
	for _, item := range list {
		if value.StrictEqual(item, v) {
			return true
		}
	}
	return false
}

// leadingNumber is what JavaScript's parseFloat gives.
func leadingNumber(v any) float64 {
	switch v.(type) {
	case bool, nil:
		return math.NaN()
	}
	return value.ParseFloat(value.String(v))
}

// evaluation is a value, a comparison and its operand.
type evaluation struct {
	value, operand expr
	test           func(v, operand any) bool
}

func compileEval(c *compiler, call call) expr {
	e := &evaluation{value: c.value(call.arg, call.argument())}
	if len(call.rest) == 0 {
		c.add(finding.Errorf(c.program.pos(call.at), "$eval needs a comparison beside it").
			Suggest("one of %s", strings.Join(comparisonNames(), ", ")))
		return nothing
	}
	for _, p := range call.rest[1:] {
		c.add(finding.Errorf(p.KeyPos, "key %q beside $eval, which takes one comparison", p.Key).
			Suggest("combine comparisons with $and or $or"))
		c.value(p.Value, call.argument())
	}
	with := call.rest[0]
	e.operand = c.value(with.Value, call.argument())
	known := comparisonNamed(with.Key)
	if known == nil {
		c.add(finding.Errorf(with.KeyPos, "unknown comparison %q in $eval", with.Key).
			Suggest("%s", finding.DidYouMean(with.Key, comparisonNames())))
		return nothing
	}
	e.test = known.test
	c.checkOperand(with)
	return e
}

// checkOperand looks at operands that can be judged without an evaluation.
func (c *compiler) checkOperand(p yamlpos.Pair) {
	switch p.Key {
	case "isEmpty", "isNotEmpty":
		if p.Value.Kind == yamlpos.Bool && p.Value.Text == "false" {
			c.add(finding.Warningf(p.Value.Pos, "the operand of %s does not matter: false does not turn it round", p.Key).
				Suggest("use isEmpty or isNotEmpty with true"))
		}
	case "oneOf", "noneOf":
		if p.Value.Kind != yamlpos.List && !isFormula(p.Value) {
			c.add(finding.Errorf(p.Value.Pos, "%s takes a list, found %s", p.Key, p.Value.Kind))
		}
	}
}

func (e *evaluation) eval(r *run) any {
	v, operand := e.value.eval(r), e.operand.eval(r)
	return r.made(e.test(v, operand))
}

func (e *evaluation) each(visit func(expr)) {
	visit(e.value)
	visit(e.operand)
}
