package connectors

import (
	"slices"
	"strings"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
	"claviger/runtime/apiclient"
)

// rest compiles a rest-api-mapping: the request as one program, the response as another.
func (r *reader) rest(rule *MethodRule, impl *Implementation, n *yamlpos.Node) *REST {
	if n.Kind != yamlpos.Map {
		r.errorf(n.Pos, "%s: expected {path, method, requestMapping, responseMapping}, found %s", rule.Method, n.Kind)
		return nil
	}
	r.literal(n, "a rest-api-mapping", map[string]func(*yamlpos.Pair){
		"path": r.wantText,
		"requestMapping": func(p *yamlpos.Pair) {
			r.literal(p.Value, "requestMapping", map[string]func(*yamlpos.Pair){
				"pathParameters": r.wantObject, "query": r.wantObject, "headers": r.wantObject, "form": r.wantObject,
			}, requestFields...)
		},
	}, restFields...)
	out := &REST{Method: r.requestMethod(n)}
	if n.Get("path") == nil {
		r.errorf(n.Pos, "a rest-api-mapping needs a path")
		return nil
	}
	r.judgePath(n)
	r.judgeRelative(rule, n.Get("path"))
	out.Request = r.compile(impl, requestNode(n), mapping.Options{Strict: func(path []string) bool {
		return len(path) == 1 && path[0] == "path" || isAuthorization(path)
	}})
	if response := n.Get("responseMapping"); response != nil {
		out.Response = r.compile(impl, response, mapping.Options{})
	}
	return out
}

func (r *reader) requestMethod(n *yamlpos.Node) string {
	p := n.Pair("method")
	if p == nil {
		suggest(r.errorf(n.Pos, "a rest-api-mapping needs a method"), "such as method: GET")
		return ""
	}
	method := strings.ToUpper(p.Value.Text)
	if p.Value.Kind != yamlpos.String || !slices.Contains(apiclient.Methods, method) {
		suggest(r.errorf(p.Value.Pos, "method: %q is no HTTP method", p.Value.Text), "%s", finding.DidYouMean(method, apiclient.Methods))
	}
	return method
}

// requestNode is the request as one object: the path, and what requestMapping says; itself, where it is a formula.
func requestNode(n *yamlpos.Node) *yamlpos.Node {
	out := yamlpos.Node{Kind: yamlpos.Map, Pos: n.Pos, Pairs: []yamlpos.Pair{*n.Pair("path")}}
	switch request := n.Pair("requestMapping"); {
	case request == nil:
	case isFormula(request.Value):
		out.Pairs = append(out.Pairs, *request)
	default:
		out.Pairs = append(out.Pairs, request.Value.Pairs...)
	}
	return &out
}

// judgeRelative finds a path that is relative where there is no API client yet whose base it could be below.
func (r *reader) judgeRelative(rule *MethodRule, path *yamlpos.Node) {
	if path.Kind == yamlpos.String && !slices.Contains(rule.Arguments, "credentials") && !hasHTTPScheme(path.Text) {
		suggest(r.errorf(path.Pos, "path: expected an absolute URL: %s runs before there are credentials, and so an API client", rule.Method),
			"write https://…")
	}
}

// judgePath compares the {names} of a literal path with pathParameters.
func (r *reader) judgePath(n *yamlpos.Node) {
	path, parameters := n.Get("path"), n.Get("requestMapping").Get("pathParameters")
	if path.Kind != yamlpos.String || parameters != nil && isFormula(parameters) {
		return
	}
	var names []string
	rest := path.Text
	for {
		_, after, found := strings.Cut(rest, "{")
		name, tail, closed := strings.Cut(after, "}")
		if !found || !closed {
			break
		}
		names, rest = append(names, name), tail
		if parameters.Pair(name) == nil {
			r.errorf(path.Pos, "path: requestMapping.pathParameters has no %q", name)
		}
	}
	if parameters == nil {
		return
	}
	for _, p := range parameters.Pairs {
		if !slices.Contains(names, p.Key) {
			r.add(finding.Warningf(p.KeyPos, "path has no {%s}", p.Key).Suggest("%s", finding.DidYouMean(p.Key, names)))
		}
	}
}
