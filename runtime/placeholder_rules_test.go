package runtime

import (
	"net/url"
	"testing"
	"time"

	"claviger/runtime/placeholder"
)

// Rules are compiled once for each edition of an integration, and not kept for one that is gone.
func TestPlaceholderRulesAreCompiledOnce(t *testing.T) {
	m, err := newIntegrationMemory(10)
	if err != nil {
		t.Fatal(err)
	}
	rule := PlaceholderRule{Methods: []string{"POST"}, URL: `https://a\.example/.*`, Position: "header x-key", Names: []string{"apiKey"}}
	i := &Integration{Key: "app", Version: 1, CreatedAt: time.Unix(1, 0), Placeholders: []PlaceholderRule{rule}}
	name, err := placeholder.ParseReference("apiKey")
	if err != nil {
		t.Fatal(err)
	}
	first, again := m.rulesOf(i), *i
	if m.rulesOf(&again) != first {
		t.Error("one edition was compiled twice")
	}
	to := &url.URL{Scheme: "https", Host: "A.example", Path: "/x", RawQuery: "q"}
	if !first.allow(name, "POST", to, "header X-Key", false) || first.allow(name, "GET", to, "header X-Key", false) || first.allow(name, "POST", to, "header X-Key", true) ||
		first.allow(name, "POST", to, "body", false) || first.allow(name, "POST", &url.URL{Scheme: "https", Host: "b.example", Path: "/https://a.example/"}, "header X-Key", false) {
		t.Error("the rule speaks of something else")
	}
	changed := *i
	changed.Placeholders, changed.CreatedAt = nil, time.Unix(2, 0) // deleted, and made anew
	if m.rulesOf(&changed).allow(name, "POST", to, "header X-Key", false) {
		t.Error("the rules of before count")
	}
	if m.forget("app"); m.rules.Len() != 0 {
		t.Error("rules are kept of an integration that was forgotten")
	}
}

func TestPatternsOfPlaceholderRules(t *testing.T) {
	for text, good := range map[string]bool{
		`https://a\.example/.*`: true, `^https://(a|b)\.example/v[0-9]{1,3}/`: true,
		`http`: true, `(`: false, `http)|(?:`: false, `http\Q`: false, `http(((a{100}){10}){10})`: false,
	} {
		if err := checkPattern(text); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
