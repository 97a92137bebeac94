package finding_test

import (
	"errors"
	"strings"
	"testing"

	"claviger/mapping/finding"
)

func at(line, col int) finding.Pos { return finding.Pos{File: "spec.yml", Line: line, Col: col} }

func TestAFindingIsOneLine(t *testing.T) {
	for want, f := range map[string]finding.Finding{
		`spec.yml:4:3: error: unknown key "nmae" (did you mean "name"?)`: finding.Errorf(at(4, 3), "unknown key %q", "nmae").Suggest("did you mean %q?", "name"),
		`spec.yml:1:1: warning: no logo`:                                 finding.Warningf(at(0, 0), "no logo").Suggest(""),
		`spec.yml:2:1: note: a b c`:                                      finding.Notef(at(2, 1), "a\nb\r\nc"),
	} {
		if got := f.String(); got != want {
			t.Errorf("%s\nnot\n%s", got, want)
		}
	}
	if text := finding.Errorf(at(1, 1), "key %q", strings.Repeat("ä", 10_000)).Text(); len(text) > 1000 || !strings.Contains(text, " … ") {
		t.Errorf("a long text has %d bytes", len(text))
	}
}

func TestAListIsSortedOnce(t *testing.T) {
	l := finding.List{
		finding.Errorf(at(2, 1), "b"), finding.Errorf(at(10, 1), "c"), finding.Warningf(at(2, 1), "a"), finding.Errorf(at(1, 9), "z"),
		finding.Errorf(finding.Pos{File: "a.yml", Line: 99, Col: 1}, "first"), finding.Errorf(at(2, 1), "b"),
	}.Sort()
	if got, want := l.In("x").Error(), strings.Join([]string{
		"x/a.yml:99:1: error: first", "x/spec.yml:1:9: error: z", "x/spec.yml:2:1: error: b", "x/spec.yml:2:1: warning: a", "x/spec.yml:10:1: error: c",
	}, "\n"); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
	if l.In(".")[0].Pos.File != "a.yml" {
		t.Error("the folder . changed a name")
	}
}

func TestAListIsAnErrorOnlyWithErrors(t *testing.T) {
	if err := (finding.List{finding.Warningf(at(1, 1), "w"), finding.Notef(at(1, 1), "n")}).Err(); err != nil {
		t.Error(err)
	}
	var list finding.List
	if err := (finding.List{finding.Errorf(at(1, 1), "e")}).Err(); !errors.As(err, &list) || len(list) != 1 {
		t.Error(err)
	}
}

func TestDidYouMean(t *testing.T) {
	keys := []string{"name", "key", "tokenUri", "authorizeUri", "scopes", "clientAuthLocation"}
	for word, want := range map[string]string{
		"nmae": `did you mean "name"?`, "NAME": `did you mean "name"?`, "tokenUrl": `did you mean "tokenUri"?`, "scope": `did you mean "scopes"?`,
		"authorizationUri": `did you mean "authorizeUri"?`, "clientAuthLokation": `did you mean "clientAuthLocation"?`,
		"": "expected one of " + strings.Join(keys, ", "), "foo": "expected one of " + strings.Join(keys, ", "),
	} {
		if got := finding.DidYouMean(word, keys); got != want {
			t.Errorf("%s: %s", word, got)
		}
	}
	if got := finding.DidYouMean("zzz", nil); got != "" {
		t.Error(got)
	}
	long := append(strings.Split("a b c d e f g h i j k", " "), keys...)
	if got := finding.DidYouMean("nothingNear", long); got != "expected one of authorizeUri, name, tokenUri, a, e and others" {
		t.Error(got)
	}
	if got := finding.Nearest(strings.Repeat("x", 100_000), keys); got != "" {
		t.Error(got)
	}
}
