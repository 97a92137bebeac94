package placeholder_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"claviger/mapping/value"
	"claviger/runtime/placeholder"
)

var known = map[string]any{
	"id": "me", "secret": `p"w&/ü`, "client_id": "c", "nested": "__secret__", "broken": "a\r\nX: y", "number": value.Int(7), "flag": true, "z": "z\x00",
	"config": `{"k":{"n":[1,"two"]},"s":"a b"}`, "tree": value.Of("k", "v"),
	"[user[credentials/access_token]]": "at", "[user[values/a/b.c]]": "uv", "[[wide]]": "w",
}

func resolve(r placeholder.Reference) (any, error) {
	if v, ok := known[r.String()]; ok {
		return v, nil
	}
	return nil, errors.New("unknown " + r.String())
}

func TestExpand(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "plain": "plain", "__id__": "me", "a__id__b__id__": "amebme", "__client_id__": "c", "[[wide]]": "w", "[user[credentials/access_token]]": "at",
		"[user[values/a/b.c]]!": "uv!", "__id+':'+secret.base64__": "bWU6cCJ3Ji/DvA==", "__secret.urlencode__": "p%22w%26%2F%C3%BC",
		"__secret.base64.urlencode__": "cCJ3Ji%2FDvA%3D%3D", `__config.json("[k][n][1]")__`: "two", `__config.json('s').urlencode__`: "a%20b", `__config.json(\"[s]\")__`: "a b",
		`__tree.json("[k]")__`: "v", "__number__": "7", "__flag__": "true", "__tree__": `{"k":"v"}`, "__nested__": "__secret__", "__[[wide]]+'-'+[user[values/a/b.c]]__": "w-uv",
		"Basic __'x:'+id.base64__": "Basic eDptZQ==", "___id__": "_me", "__id___": "me_", "__": "__", "____": "____", "__a b__": "__a b__", "[[1,2],[3]]": "[[1,2],[3]]",
		"[user]": "[user]", "__id.": "__id.", "a__b": "a__b", "[[a]": "[[a]", "__id + x__": "__id + x__", "[[ wide ]]": "[[ wide ]]",
	} {
		p, err := placeholder.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := p.Expand(resolve, placeholder.Plain); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"__unknown__": "unknown unknown", "[[nobody]]": "unknown [[nobody]]", "__id.upper__": "cannot be read", "__id+__": "cannot be read", "__id.json()__": "cannot be read",
		"__id" + strings.Repeat(".base64", 6) + "__": "5 filters", strings.Repeat("[[wide]]", 101): "100 values", "__id" + strings.Repeat("+id", 100) + "__": "100 values", "[user[other/x]]": "expected [user[credentials/NAME]]", "[user[name]]": "expected [user[credentials/NAME]]", "__broken__": "line break", "__z__": "control character",
		`__id.json("[k]")__`: "is no JSON", `__config.json("[none]")__`: "has no member [none]", `__config.json("[k][n][9]")__`: "has no member [9]", `__config.json("[]")__`: "cannot be read",
		"__id.urlencodex__": "cannot be read",
	} {
		p, err := placeholder.Parse(text)
		if err == nil {
			_, err = p.Expand(resolve, placeholder.Plain)
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "X: y") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	p, _ := placeholder.Parse("__broken.base64__ __broken.urlencode__") // encoded it breaks nothing
	if got, err := p.Expand(resolve, placeholder.Plain); err != nil || got != "YQ0KWDogeQ== a%0D%0AX%3A%20y" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestExpandInForms(t *testing.T) {
	for _, c := range []struct {
		text string
		form placeholder.Form
		want string
	}{
		{"a=%5F_secret__", placeholder.URL, "a=p%22w%26%2F%C3%BC"}, {"__secret.urlencode__&x=%2B+%41", placeholder.URL, "p%22w%26%2F%C3%BC&x=%2B+%41"},
		{"__id%2b%27:%27+secret.base64__", placeholder.URL, "bWU6cCJ3Ji%2FDvA%3D%3D"}, {"%5B%5Bwide%5d]%zz%", placeholder.URL, "w%zz%"},
	} {
		p, err := placeholder.ParseEncoded(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.Expand(resolve, c.form); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.text, got, err, c.want)
		}
	}
	p, _ := placeholder.Parse(`{"a":"__secret__","n":__number__,"b":"__broken__"}`)
	if got, err := p.Expand(resolve, placeholder.JSON); err != nil || got != `{"a":"p\"w&/ü","n":7,"b":"a\r\nX: y"}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestReferences(t *testing.T) {
	p, err := placeholder.Parse("__id+'x'+secret__[[wide]][user[values/v]]")
	if err != nil || fmt.Sprint(p.References()) != "[id secret [[wide]] [user[values/v]]]" {
		t.Errorf("%v, %v", p, err)
	}
	for _, text := range []string{"id", "client_id", "[[a/b]]", "[user[credentials/x]]", "[user[values/x.y]]"} {
		if r, err := placeholder.ParseReference(text); err != nil || r.String() != text {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "__id__", "'a'", "id.base64", "a b", "[[]]", "[user[x]]", "a+b", "[[a]]x"} {
		if r, err := placeholder.ParseReference(text); err == nil {
			t.Errorf("%s: %v", text, r)
		}
	}
}

// FuzzExpand wants what is literal kept, nothing expanded twice, and no value that leaves its place.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"__id__", "__id+':'+secret.base64__", "[[wide]]x[user[values/a/b.c]]", `__config.json("[k][n][1]")__`, "%5f%5Fsecret__&a=b", "__nested__", "__broken__"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string) (*placeholder.Text, error){placeholder.Parse, placeholder.ParseEncoded} {
			p, err := parse(text)
			if err != nil {
				continue
			}
			if same, err := p.Expand(resolve, placeholder.URL); len(p.References()) == 0 && !strings.Contains(text, "'") && !strings.Contains(text, `"`) && !strings.Contains(text, "%") && (err != nil || same != text) {
				t.Fatalf("%q became %q, %v", text, same, err)
			}
			mark := func(placeholder.Reference) (any, error) { return "&__id__=\"\r\n#", nil }
			got, err := p.Expand(mark, placeholder.URL)
			if err != nil {
				continue
			}
			if strings.Count(got, "\n") > strings.Count(text, "\n") || strings.Count(got, "&") > strings.Count(text, "&") || strings.Count(got, "#") > strings.Count(text, "#") {
				t.Fatalf("%q became %q", text, got)
			}
			_, _ = url.QueryUnescape(got)
		}
	})
}
