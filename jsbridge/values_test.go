package jsbridge_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

// stored are values of a connection; some names do not go well.
func stored(ctx context.Context, name string) (any, error) {
	switch name {
	case "text":
		return "hush", nil
	case "object":
		return value.Of("a", []any{true, nil}), nil
	case "wrong":
		return nil, errors.New("the name is no\nname")
	case "big":
		return strings.Repeat("x", 40_000), nil
	case "hang":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return value.Undefined, nil
}

func valuesCall(p *jsbridge.Pool, source string, limits jsbridge.Limits) (any, error) {
	return p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Limits: limits, Args: value.Of("a", "1"),
		Values: map[string]func(context.Context, string) (any, error){
			"connection":  stored,
			"integration": func(_ context.Context, name string) (any, error) { return "ours: " + name, nil },
		},
		Script: folder("a.js", "exports.go = async (all) => { const {values} = all;\n"+source+"\n}"),
	})
}

func TestValues(t *testing.T) {
	p := newPool(t, 1)
	for source, want := range map[string]string{
		"return values.connection('text')":                                                              `"hush"`,
		"return values.integration('a/b')":                                                              `"ours: a/b"`,
		"return values.connection('object')":                                                            `{"a":[true,null]}`,
		"return (await values.connection('none')) === undefined":                                        `true`,
		"return Promise.all(['text', 'none'].map(async (n) => (await values.connection(n)) ?? null))":   `["hush",null]`,
		"const {connection} = values; return connection('text')":                                        `"hush"`,
		"try { await values.connection('wrong') } catch (e) { return [e instanceof Error, e.message] }": `[true,"the name is no name"]`,
		"return Promise.all([{toString: () => 'text'}, undefined, 1].map((n) => values.connection(n).catch((e) => e.message)))": `["values.connection: expected the name of a value as text",` +
			`"values.connection: expected the name of a value as text","values.connection: expected the name of a value as text"]`,
		"return [Object.keys(values), Object.keys(all), JSON.stringify(all), structuredClone(all), {...all}]":                                                `[["connection","integration"],["a"],"{\"a\":\"1\"}",{"a":"1"},{"a":"1"}]`,
		"JSON.parse = String.prototype.toString = Object.prototype.toString = () => { throw new Error('poisoned') }; return await values.connection('text')": `"hush"`,
	} {
		got, err := valuesCall(p, source, jsbridge.Limits{})
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if text := jsonText(t, got); text != want {
			t.Errorf("%s: %s, want %s", source, text, want)
		}
	}
}

func TestValuesFailures(t *testing.T) {
	p := newPool(t, 1)
	for name, test := range map[string]struct {
		source, want, limit string
		limits              jsbridge.Limits
	}{
		"thrown on":       {"  await values.connection('wrong')", "a.js:2:26: the name is no name", "", jsbridge.Limits{}},
		"too many":        {"for (;;) await values.connection('text')", "a.js:2:", "fetches", jsbridge.Limits{Fetches: 3}},
		"too many at all": {"for (;;) { await values.connection('text'); await fetch('https://a.example').catch(() => 0) }", "a.js:2:", "fetches", jsbridge.Limits{Fetches: 3}},
		"too much":        {"for (;;) await values.connection('big')", "a.js:2:", "bytes", jsbridge.Limits{Bytes: 50_000}},
		"too long":        {"await values.connection('hang')", "a.js:", "wall", jsbridge.Limits{Wall: 300 * time.Millisecond}},
		"a name too long": {"return values.connection('x'.repeat(2e6))", "a.js:2:", "", jsbridge.Limits{}},
		"returned":        {"return values", "a.js:1:1: the result's connection is a function", "", jsbridge.Limits{}},
	} {
		_, err := valuesCall(p, test.source, test.limits)
		e := failed(t, err)
		if !strings.HasPrefix(e.Error(), test.want) || e.Limit != test.limit {
			t.Errorf("%s: %v (%s)", name, e, e.Limit)
		}
	}
}

// A call without values has no such argument; one that has some has no others.
func TestWithoutValues(t *testing.T) {
	p := newPool(t, 1)
	wantJSON(t, p, folder("a.js", "exports.go = (a) => 'values' in a"), `false`)
	got, err := p.Call(context.Background(), jsbridge.Call{
		Connector: "demo", Method: "go", Script: folder("a.js", "exports.go = ({values}) => Object.keys(values)"),
		Values: map[string]func(context.Context, string) (any, error){"integration": stored},
	})
	if err != nil || jsonText(t, got) != `["integration"]` {
		t.Errorf("%v %v", got, err)
	}
}
