package mapping

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var opHash = operator{
	Doc: Doc{
		Name:    "$hash",
		Summary: "The hash of a text, with a key its HMAC (RFC 2104). Where the value or a key that is asked for is missing, the result is undefined.",
		Takes:   "{algorithm, value, encoding, key}",
		Parameters: []Parameter{
			{Name: "algorithm", Text: "md5, sha1, sha256, sha384 or sha512"},
			{Name: "value", Text: "the text"},
			{Name: "encoding", Text: "hex (default), base64, or base64url without padding", Optional: true},
			{Name: "key", Text: "the key, as text", Optional: true},
		},
		Examples: []Example{
			{`$hash: {algorithm: sha256, value: abc, encoding: hex}`, ``, `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"`},
			{`$hash: {algorithm: sha256, value: {$var: verifier}, encoding: base64url}`, `{"verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}`,
				`"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"`},
			{`$hash: {algorithm: sha1, value: {$var: text}, key: {$var: secret}, encoding: base64}`, `{"text": "a", "secret": "k"}`, `"QOfUQcrbF7B/BQNBqiOmgg7YHIs="`},
		},
	},
	compile: compileHash,
}

var hashes = []struct {
	name string
	hash func() hash.Hash
}{{"md5", md5.New}, {"sha1", sha1.New}, {"sha256", sha256.New}, {"sha384", sha512.New384}, {"sha512", sha512.New}}

var encodings = []struct {
	name   string
	encode func([]byte) string
}{{"hex", hex.EncodeToString}, {"base64", base64.StdEncoding.EncodeToString}, {"base64url", base64.RawURLEncoding.EncodeToString}}

type hashing struct {
	value, key expr // key is nil for a plain hash
	hash       func() hash.Hash
	encode     func([]byte) string
	at         place
}

func compileHash(c *compiler, call call) expr {
	if !c.fields(call) {
		return nothing
	}
	x := call.part()
	if x.strict == filled {
		x.strict = present
	}
	e := &hashing{value: c.text(call, call.arg.Get("value"), x), encode: hex.EncodeToString, at: call.at}
	if key := call.arg.Get("key"); key != nil {
		e.key = c.text(call, key, x)
	}
	var names []string
	for _, h := range hashes {
		names = append(names, h.name)
	}
	if i := c.oneWord(call.arg.Get("algorithm"), "algorithm", names); i >= 0 {
		e.hash = hashes[i].hash
	}
	names = nil
	for _, n := range encodings {
		names = append(names, n.name)
	}
	if n := call.arg.Get("encoding"); n != nil {
		if i := c.oneWord(n, "encoding", names); i >= 0 {
			e.encode = encodings[i].encode
		}
	}
	return e
}

// oneWord is the index of the word that n is among the known ones, or a finding and -1.
func (c *compiler) oneWord(n *yamlpos.Node, what string, known []string) int {
	for i, word := range known {
		if n.Kind == yamlpos.String && n.Text == word {
			return i
		}
	}
	if n.Kind != yamlpos.String {
		c.add(finding.Errorf(n.Pos, "the %s must be one of the known words, found %s", what, n.Kind).Suggest("%s", finding.DidYouMean("", known)))
		return -1
	}
	c.add(finding.Errorf(n.Pos, "unknown %s %q", what, n.Text).Suggest("%s", finding.DidYouMean(n.Text, known)))
	return -1
}

func (e *hashing) eval(r *run) any {
	text, ok := r.textOf(e.value.eval(r), e.at, "$hash")
	if !ok {
		return value.Undefined
	}
	h := e.hash
	if e.key != nil {
		key, ok := r.textOf(e.key.eval(r), e.at, "$hash")
		if !ok {
			return value.Undefined
		}
		h = func() hash.Hash { return hmac.New(e.hash, []byte(key)) }
	}
	sum := h()
	sum.Write([]byte(text))
	return r.made(e.encode(sum.Sum(nil)))
}

func (e *hashing) each(visit func(expr)) {
	visit(e.value)
	if e.key != nil {
		visit(e.key)
	}
}
