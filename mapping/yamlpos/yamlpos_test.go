package yamlpos_test

import (
	"fmt"
	"strings"
	"testing"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

func ExampleParse() {
	node, findings := yamlpos.Parse("spec.yml", []byte("name: Freshdesk\nauth:\n  type: oauth2\n  type: oauth1\n"))
	fmt.Println(node.Get("name").Pos, node.Get("name").Text)
	fmt.Println(node.Get("auth").Pair("type").KeyPos)
	fmt.Println(findings)
	// Output:
	// spec.yml:1:7 Freshdesk
	// spec.yml:3:3
	// spec.yml:4:3: error: duplicate key "type", first at line 3, column 3 (keep one of the two)
}

// json is the tree as JSON, for a file without findings.
func json(t *testing.T, src string) string {
	t.Helper()
	n, findings := yamlpos.Parse("f", []byte(src))
	if findings != nil {
		t.Errorf("%q: %v", src, findings)
	}
	text, err := value.Encode(n.Value())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestValues(t *testing.T) {
	for src, want := range map[string]string{
		"":                                                    `null`,
		"# nothing\n":                                         `null`,
		"\ufeffa: 1":                                          `{"a":1}`,
		"[~, null, Null, NULL, '', nUll]":                     `[null,null,null,null,"","nUll"]`,
		"- \n- x":                                             `[null,"x"]`,
		"[true, True, TRUE, false, yes, on]":                  `[true,true,true,false,"yes","on"]`,
		"[0, -0, 7, +7, -7, 007, 1_000]":                      `[0,0,7,7,-7,7,"1_000"]`,
		"[0x1F, 0o17, 0b1, 0xZ, 0o8, -0x1]":                   `[31,15,"0b1","0xZ","0o8","-0x1"]`,
		"[1.50, .5, 5., 1e3, -1.5E-7, 1e]":                    `[1.5,0.5,5,1000,-1.5e-7,"1e"]`,
		"[+, -a, ., .., 1.2.3, 1e1e1, +.e1]":                  `["+","-a",".","..","1.2.3","1e1e1","+.e1"]`,
		"123456789012345678901234567890":                      `123456789012345678901234567890`,
		"[2024-01-15, 2024-01-15T10:30:00Z]":                  `["2024-01-15","2024-01-15T10:30:00Z"]`,
		`["5", '5', !!str 5, !!int "5"]`:                      `["5","5","5",5]`,
		`[!!float 5, !!null "", !!bool true]`:                 `[5,null,true]`,
		"!!map {a: !!seq [1]}":                                `{"a":[1]}`,
		"{z: 1, a: 2, 1: x, true: y, 1.0: z, ~: n}":           `{"z":1,"a":2,"1":"x","true":"y","1.0":"z","~":"n"}`,
		"a: |\n  x\n  y\nb: >\n  x\n  y\n":                    `{"a":"x\ny\n","b":"x y\n"}`,
		"a: &x [1, 2]\nb: *x":                                 `{"a":[1,2],"b":[1,2]}`,
		"&k key: 1\nb: *k":                                    `{"key":1,"b":"key"}`,
		"a: &k key\n*k : 1":                                   `{"a":"key","key":1}`,
		"base: &b {x: 1, y: 2}\no:\n  w: 0\n  <<: *b\n  y: 3": `{"base":{"x":1,"y":2},"o":{"w":0,"x":1,"y":3}}`,
		"o: {<<: [{x: 1, y: 1}, {y: 2, z: 2}], z: 3}":         `{"o":{"x":1,"y":1,"z":3}}`,
		`{"<<": 1}`:                                           `{"<<":1}`,
		"{y: 0, <<: {y: 1}}":                                  `{"y":0}`,
	} {
		if got := json(t, src); got != want {
			t.Errorf("%q gives %s, not %s", src, got, want)
		}
	}
}

// TestFindings has what is reported, without the file's name.
func TestFindings(t *testing.T) {
	for src, want := range map[string]string{
		"a: 1\n\"a\": 2\nb: {c: 1, c: [{d: 1, d: 2}]}": `2:1: error: duplicate key "a", first at line 1, column 1 (keep one of the two)
3:11: error: duplicate key "c", first at line 3, column 5 (keep one of the two)
3:22: error: duplicate key "d", first at line 3, column 16 (keep one of the two)`,
		"<<: {a: 1}\na: 2\na: 3":    `3:1: error: duplicate key "a", first at line 2, column 1 (keep one of the two)`,
		"a: 1\n---\nb: 2":           `3:1: error: more than one document in this file (a file holds one document: split it at the line ---)`,
		"ü: [.nan, -.inf]\nä: é: 1": `2:4: error: invalid YAML: mapping values are not allowed in this context (check the indentation, and the space after each key's colon; put a text that holds a colon in quotes)`,
		"ü: [.nan, -.inf, 1e999]":   "1:5: error: .nan is not a number that JSON can hold (put it in quotes if it is meant as text)\n1:11: error: -.inf is not a number that JSON can hold (put it in quotes if it is meant as text)\n1:18: error: 1e999 is too large for a number (put it in quotes if it is meant as text)",
		"a: !secret x\nb: !!binary eA==\nc: !!int x\nd: !t {}\ne: !!str [1]": `1:4: error: tag !secret is not known here (write the value without a tag)
2:4: error: tag !!binary is not known here (write the value without a tag)
3:4: error: tag !!int on a value that is none: "x"
4:4: error: tag !t is not known here (write the value without a tag)
5:4: error: tag !!str is not known here (write the value without a tag)`,
		"? [1]\n: 2\n? {b: 1}\n: 3": "1:3: error: a key is text, found a list\n3:3: error: a key is text, found an object",
		"<<: 5\nb: {<<: [{}, x]}":   "1:5: error: the merge key << takes an object or a list of objects, found number (for a key that is named <<, write \"<<\")\n2:14: error: the merge key << takes an object or a list of objects, found string (for a key that is named <<, write \"<<\")",
		"a: &x [1, *x]":             `1:11: error: alias *x points to a value that it is part of`,
		"a: *ab\nb: *a":             `1:4: error: alias *ab has no anchor &ab before it`,
		"a: \"*a\"\nb: *abc\nc: *a": `2:4: error: alias *abc has no anchor &abc before it`,
		"a: ä\x01":                  `1:5: error: control character U+0001 is not allowed`,
		"a: 1\r\nb: ö\x00":          `2:5: error: control character U+0000 is not allowed`,
		"a: b\n\nc: \xffd":          `3:4: error: byte 0xFF is not UTF-8`,
		"a: \u0086":                 `1:4: error: character U+0086 is not allowed`,
		"\xff\xfea\x00":             `1:1: error: byte 0xFF is not UTF-8`,
		strings.Repeat("a: b\n", yamlpos.MaxBytes/5+1): `1:1: error: the file has 262145 bytes, more than 256 KiB`,
		deep(value.MaxDepth + 1):                       `1:1001: error: nested more than 1000 deep`,
		"a: &a " + deep(600) + "\nb: " + strings.Repeat("[", 500) + "*a" + strings.Repeat("]", 500): `2:504: error: aliases multiply into more than 20000 values, or more than 1000 deep (write the values out, or use fewer aliases of aliases)`,
		bomb(): `9:14: error: aliases multiply into more than 20000 values, or more than 1000 deep (write the values out, or use fewer aliases of aliases)`,
	} {
		_, findings := yamlpos.Parse("f", []byte(src))
		var lines []string
		for _, f := range findings {
			lines = append(lines, strings.TrimPrefix(f.String(), "f:"))
		}
		if got := strings.Join(lines, "\n"); got != want {
			t.Errorf("%.100q gives\n%s\nnot\n%s", src, got, want)
		}
	}
}

func deep(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// bomb is ten values that each hold the one before three times; on the ninth line they are more than the budget allows.
func bomb() string {
	src := "a: &a [x]\n"
	for c := 'b'; c < 'k'; c++ {
		src += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 3), ","))
	}
	return src
}

// TestSyntaxErrorsStandWhereTheAuthorLooks has the place of each.
func TestSyntaxErrorsStandWhereTheAuthorLooks(t *testing.T) {
	for src, want := range map[string]string{
		"name: x\n key: y\n":                     "2:2 mapping values are not allowed in this context",
		"a: b: c\n":                              "1:4 mapping values are not allowed in this context",
		"key: value\n  nested: no\nother: 1":     "2:3 mapping values are not allowed in this context",
		"a: 1\nb: [1, 2\nc: 3\n":                 "2:4 did not find expected ',' or ']'",
		"a: [\n  b\n  c: d e: f\n]":              "3:3 did not find expected ',' or ']'",
		"{a: {$var: o.a[0]}, b: {$var: o.a[1]}}": "1:15 did not find expected ',' or '}'",
		"k: [a, b: c d: e]\n":                    "1:13 did not find expected ',' or ']'",
		"k: [\"a]\", 'b]' c]\n":                  "1:16 did not find expected ',' or ']'",
		"a: {b: 1\n":                             "1:8 did not find expected ',' or '}'",
		"a:\n    b: 1\n  c: 2\n":                 "3:3 did not find expected key",
		"a: ok\nb: \"x\" y\n":                    "2:8 did not find expected key",
		"a: [1, 2]]\nb: 1\n":                     "1:10 did not find expected key",
		"a: 1\n- b\n":                            "2:1 did not find expected key",
		"a:\n  - x\n - y\n":                      "3:2 did not find expected key",
		"- a\nb: 1\n":                            "2:1 did not find expected '-' indicator",
		"a: 'x\nb: 2\n":                          "1:4 found unexpected end of stream",
		"x: 1\na: \"it's\nb: 2\n":                "2:4 found unexpected end of stream",
		"a: 1\n\tb: 2\n":                         "2:1 found a tab character that violates indentation",
		"listen: 127.0.0.1:80\n\tdata: there\n":  "2:1 found a tab character that violates indentation",
		"a:\n\tb: 2\n":                           "2:1 found character that cannot start any token",
		"a: >\n\tx\n":                            "2:1 found a tab character where an indentation space is expected",
		"a: ok\nb: @foo\n":                       "2:4 found character that cannot start any token",
		"b: `foo`\n":                             "1:4 found character that cannot start any token",
		"a: }\n":                                 "1:4 did not find expected node content",
		"a: 1\n---\nb: [\n":                      "3:4 did not find expected node content",
		"a: 1\nb\nc: 2\n":                        "2:1 could not find expected ':'",
		"a: \"\\q\"\n":                           "1:4 found unknown escape character",
		"a: |x\n  b\n":                           "1:4 did not find expected comment or line break",
		"a: -\nb: - x\n":                         "1:4 block sequence entries are not allowed in this context",
		"a: 1\n...\nb: 2":                        "3:1 did not find expected <document start>",
		"a: !<x y\n":                             "1:4 did not find the expected '>'",
		strings.Repeat("k: 1\n", 4000) + "a: [":  "4001:4 did not find expected node content",
	} {
		_, findings := yamlpos.Parse("f", []byte(src))
		got := "nothing"
		for _, f := range findings {
			if message, ok := strings.CutPrefix(f.Message, "invalid YAML: "); ok {
				got = fmt.Sprintf("%d:%d %s", f.Pos.Line, f.Pos.Col, message)
			}
		}
		if got != want {
			t.Errorf("%.60q: %s, not %s", src, got, want)
		}
	}
}

func TestPositionsOfKeysAndValues(t *testing.T) {
	n, findings := yamlpos.Parse("dir/f.yml", []byte("# c\nlist:\n  - ä: {ö: x, é: ünder}\n  - |\n    text\nempty:\nlast: 'q'\n"))
	if findings != nil {
		t.Fatal(findings)
	}
	item := n.Get("list").Items[0]
	for want, got := range map[string]finding.Pos{
		"2:1": n.Pos, "3:3": n.Get("list").Pos, "3:5": item.Pos, "3:8": item.Get("ä").Pos, "3:15": item.Get("ä").Pair("é").KeyPos,
		"3:18": item.Get("ä").Get("é").Pos, "4:5": n.Get("list").Items[1].Pos, "6:1": n.Pair("empty").KeyPos, "7:7": n.Get("last").Pos,
	} {
		if got.String() != "dir/f.yml:"+want {
			t.Errorf("%v, not %s", got, want)
		}
	}
	if n.Get("empty").Kind != yamlpos.Null || n.Get("none") != nil || n.Get("last").Get("x") != nil || n.Get("none").Get("x") != nil {
		t.Error("what is not there")
	}
}

// TestAfterFindingsTheRestIsStillThere lets those who read the tree find their own mistakes too.
func TestAfterFindingsTheRestIsStillThere(t *testing.T) {
	n, findings := yamlpos.Parse("f", []byte("a: {b: 1, b: 2}\nc: .nan\nd: ok\n---\n[\n"))
	if len(findings) != 3 || n == nil || len(n.Get("a").Pairs) != 2 || n.Get("c").Kind != yamlpos.Null || n.Get("d").Text != "ok" {
		t.Error(findings, n)
	}
	if n, _ := yamlpos.Parse("f", []byte("a: [")); n != nil {
		t.Error("a broken file gives a tree")
	}
}

func TestFromValue(t *testing.T) {
	const text = `{"z":[null,true,1.5,"x",{}],"a":{"b":12345678901234567890}}`
	v, err := value.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	at := finding.Pos{File: "f", Line: 3, Col: 7}
	n := yamlpos.FromValue(at, v)
	back, err := value.Encode(n.Value())
	if err != nil || string(back) != text {
		t.Errorf("%s %v", back, err)
	}
	if n.Get("a").Pair("b").KeyPos != at || n.Get("z").Items[2].Pos != at {
		t.Error("a node stands elsewhere")
	}
	if n := yamlpos.FromValue(at, 5); n.Kind != yamlpos.Null {
		t.Error("a Go int became", n.Kind)
	}
}

// FuzzParse: whatever the bytes, there is a tree or an error, every position lies inside the text, and the tree can be written.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: 1\nb: [x, {y: z}]\n", "a: &x {b: *x}", "<<: [{a: 1}]", "a: 1\na: 2", "- |\n x\n- >-\n y", "a: \t", "%YAML 1.2\n---\n!!map {}", "? [a]\n: b", "\xef\xbb\xbfa", "a: 'x", bomb()} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		n, findings := yamlpos.Parse("f", src)
		if n == nil && !findings.HasErrors() {
			t.Fatal("neither a tree nor an error")
		}
		lines := 2 + strings.Count(string(src), "\n") + strings.Count(string(src), "\r") + strings.Count(string(src), "\u0085") + strings.Count(string(src), "\u2028") + strings.Count(string(src), "\u2029")
		for _, found := range findings {
			if found.Pos.Line < 1 || found.Pos.Line > lines || found.Pos.Col < 1 || found.Pos.Col > len(src)+2 {
				t.Fatalf("%v lies outside", found)
			}
		}
		if n == nil {
			return
		}
		if _, err := value.Encode(n.Value()); err != nil {
			t.Fatal(err)
		}
	})
}
