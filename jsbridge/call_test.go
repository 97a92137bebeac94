package jsbridge_test

import (
	"context"
	"testing"

	"claviger/jsbridge"
	"claviger/mapping/value"
)

func TestSmoke(t *testing.T) {
	p := jsbridge.NewPool(jsbridge.PoolConfig{})
	defer p.Close()
	s := jsbridge.NewScript("a.js", map[string]string{"a.js": "exports.go = async function ({x}) { console.log('hi', {a:[1,{b:2}]}); return {y: x + 1, u: new URL('../a?b=1', 'https://example.com/c/d').href} }"}, 0, 0)
	v, err := p.Call(context.Background(), jsbridge.Call{Connector: "c", Method: "go", Script: s, Args: value.Of("x", value.Int(4)), Log: func(l jsbridge.LogLine) { t.Log(l) }})
	t.Log(v, err)
	b, _ := value.Encode(v)
	t.Log(string(b))
}
