package connectors

import (
	"errors"
	"slices"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
	"claviger/runtime/apiclient"
)

var (
	requestFields = []string{"pathParameters", "query", "headers", "data", "form"}
	restFields    = []string{"path", "method", "requestMapping", "responseMapping"}
)

// apiClient compiles makeApiClient. Formulas of response handlers wait for a response.
func (r *reader) apiClient(impl *Implementation, n *yamlpos.Node) *mapping.Program {
	if n.Kind != yamlpos.Map {
		r.errorf(n.Pos, "%s: expected an object, found %s", MakeAPIClient, n.Kind)
		return nil
	}
	return r.compile(impl, n, mapping.Options{
		Strict: func(path []string) bool {
			return len(path) == 1 && path[0] == "baseUri" || len(path) == 2 && path[0] == "bases" || isAuthorization(path)
		},
		Defer: apiclient.Deferred,
	})
}

func isAuthorization(path []string) bool {
	return len(path) == 2 && path[0] == "headers" && strings.EqualFold(path[1], "Authorization")
}

// judgeClient judges the literal parts of what makeApiClient returns (format.md section 6).
func (r *reader) judgeClient(n *yamlpos.Node) {
	r.literal(n, "makeApiClient", map[string]func(*yamlpos.Pair){
		"baseUri": r.wantText,
		"headers": func(p *yamlpos.Pair) { r.wantTexts(p); r.judgeWritten(p) },
		"query":   r.wantObject,
		"retry":   r.judgeRetry,
		"bases":   r.wantTexts,
		"auth": func(p *yamlpos.Pair) {
			r.literal(p.Value, "auth", map[string]func(*yamlpos.Pair){"username": r.wantText, "password": r.wantText}, "username", "password")
		},
		"responseHandlers": r.judgeHandlers,
	}, apiclient.Fields()...)
}

func (r *reader) judgeRetry(p *yamlpos.Pair) {
	number := func(p *yamlpos.Pair) { r.want(p, yamlpos.Number, "a number") }
	list := func(p *yamlpos.Pair) { r.want(p, yamlpos.List, "a list") }
	r.literal(p.Value, "retry", map[string]func(*yamlpos.Pair){
		"attempts": number, "delay": number, "statuses": list, "methods": list,
	}, apiclient.RetryFields()...)
	r.judgeWritten(p)
}

// judgeWritten lets the package that will read a field judge it, where nothing of it is computed: the rules are in one place.
func (r *reader) judgeWritten(p *yamlpos.Pair) {
	if computes(p.Value) {
		return
	}
	_, err := apiclient.Parse(value.Of(p.Key, p.Value.Value()), nil)
	var refused *apiclient.FormError
	if !errors.As(err, &refused) {
		return
	}
	for _, m := range refused.Mistakes {
		if at := r.fieldPos(&yamlpos.Node{Kind: yamlpos.Map, Pos: p.Value.Pos, Pairs: []yamlpos.Pair{*p}}, m.Field); !r.hasErrorAt(at) {
			r.errorf(at, "%s: %s", m.Field, m.Message)
		}
	}
}

// computes tells whether a formula stands anywhere in n.
func computes(n *yamlpos.Node) bool {
	if isFormula(n) || slices.ContainsFunc(n.Items, computes) {
		return true
	}
	return slices.ContainsFunc(n.Pairs, func(p yamlpos.Pair) bool { return computes(p.Value) })
}

func (r *reader) hasErrorAt(at finding.Pos) bool {
	return slices.ContainsFunc(r.findings, func(f finding.Finding) bool { return f.Pos == at })
}

func (r *reader) judgeHandlers(p *yamlpos.Pair) {
	if isFormula(p.Value) {
		return
	}
	if p.Value.Kind != yamlpos.List {
		r.errorf(p.Value.Pos, "responseHandlers: expected a list, found %s", p.Value.Kind)
		return
	}
	for _, item := range p.Value.Items {
		r.literal(item, "a response handler", map[string]func(*yamlpos.Pair){
			"isSuccess": func(p *yamlpos.Pair) { r.want(p, yamlpos.Bool, "true or false") },
			"error": func(p *yamlpos.Pair) {
				r.literal(p.Value, "error", map[string]func(*yamlpos.Pair){"key": r.judgeErrorKey}, apiclient.ErrorFields...)
			},
		}, apiclient.HandlerFields...)
		if item.Kind == yamlpos.Map && !isFormula(item) && item.Get("match") == nil {
			r.add(finding.Warningf(item.Pos, "a response handler without match applies to every response"))
		}
	}
}

func (r *reader) judgeErrorKey(p *yamlpos.Pair) {
	if isFormula(p.Value) {
		return
	}
	if p.Value.Kind != yamlpos.String || !slices.Contains(apiclient.Keys, p.Value.Text) {
		suggest(r.errorf(p.Value.Pos, "key: %q is no kind of error", p.Value.Text), "%s", finding.DidYouMean(p.Value.Text, apiclient.Keys))
	}
}

// literal judges the members of an object that is written down; a formula is left to the run.
func (r *reader) literal(n *yamlpos.Node, what string, judge map[string]func(*yamlpos.Pair), known ...string) {
	if isFormula(n) || n.Kind == yamlpos.Null {
		return
	}
	if n.Kind != yamlpos.Map {
		r.errorf(n.Pos, "%s: expected an object, found %s", what, n.Kind)
		return
	}
	for i := range n.Pairs {
		p := &n.Pairs[i]
		if !slices.Contains(known, p.Key) {
			suggest(r.errorf(p.KeyPos, "%s has no field %q", what, p.Key), "%s", r.hint(p.Key, "", known))
		} else if f := judge[p.Key]; f != nil {
			f(p)
		}
	}
}

// want is satisfied by null, which leaves a member out, and by a formula.
func (r *reader) want(p *yamlpos.Pair, k yamlpos.Kind, what string) {
	if p.Value.Kind != k && p.Value.Kind != yamlpos.Null && !isFormula(p.Value) {
		r.errorf(p.Value.Pos, "%s: expected %s, found %s", p.Key, what, p.Value.Kind)
	}
}

func (r *reader) wantText(p *yamlpos.Pair) { r.want(p, yamlpos.String, "text") }

func (r *reader) wantObject(p *yamlpos.Pair) { r.want(p, yamlpos.Map, "an object") }

// wantTexts takes an object of texts; a number serves as one.
func (r *reader) wantTexts(p *yamlpos.Pair) {
	r.wantObject(p)
	if isFormula(p.Value) {
		return
	}
	for i := range p.Value.Pairs {
		if member := &p.Value.Pairs[i]; member.Value.Kind != yamlpos.Number {
			r.wantText(member)
		}
	}
}
