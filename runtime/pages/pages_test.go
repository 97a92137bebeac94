package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestThePolicyAllowsOurStyleAndNothingElse(t *testing.T) {
	h := http.Header{}
	Headers(h)
	var page bytes.Buffer
	if err := (Notice{Title: "t", Text: "x"}).Write(&page); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(page.String(), "<style>")
	text, _, _ = strings.Cut(text, "</style>")
	sum := sha256.Sum256([]byte(text))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"
	if got := h.Get("Content-Security-Policy"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string]string{
		"this link has been used":  "This link has been used.",
		"Connected.":               "Connected.",
		"getTokenData of x failed": "getTokenData of x failed.",
		"access_denied: no":        "access_denied: no.",
		"cut…":                     "cut…",
		"":                         "",
		"über alles":               "über alles.",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// elements counts the tags of a page and the attributes that run or load something.
func elements(t *testing.T, page string) map[string]int {
	counts := map[string]int{}
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		if z.Next() == html.ErrorToken {
			return counts
		}
		token := z.Token()
		if token.Type != html.StartTagToken {
			continue
		}
		counts[token.Data]++
		for _, a := range token.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "style" || a.Key == "href" && !strings.HasPrefix(a.Val, "http") && a.Val != "" && !strings.HasPrefix(a.Val, "#") && strings.Contains(strings.ToLower(a.Val), "javascript:") {
				t.Errorf("%s=%q", a.Key, a.Val)
			}
		}
	}
}

// FuzzPages shows whatever anybody could say: it never becomes anything but text.
func FuzzPages(f *testing.F) {
	f.Add(`"><script>alert(1)</script>`, "javascript:alert(1)", "string")
	f.Add("' onmouseover='x", "https://x.example/\x00", "array")
	f.Add("</textarea></style>{{.}}", "", "boolean")
	f.Fuzz(func(t *testing.T, text, address, kind string) {
		form := func(text, address string) string {
			var b bytes.Buffer
			field := Field{Name: text, Title: text, Description: "d" + text, Type: kind, Format: text, Value: text, Error: "e" + text, Options: nil}
			choice := Field{Name: "n" + text, Type: "string", Options: []string{"o" + text, text}, Value: text}
			if err := (Form{Connector: text, Description: "d" + text, HelpURL: "https://h.example" + address, Error: "e" + text, Fields: []Field{field, choice}}).Write(&b); err != nil {
				t.Fatal(err)
			}
			if err := (Notice{Title: text, Text: text, Failed: true, Button: "b" + text, ButtonName: text}).Write(&b); err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		got, want := elements(t, form(text, address)), elements(t, form("plain", "/plain"))
		for tag := range got {
			if got[tag] != want[tag] {
				t.Errorf("%d of %s, want %d", got[tag], tag, want[tag])
			}
		}
	})
}

// The types name what the module has, and nothing else.
func TestTheTypesOfTheModule(t *testing.T) {
	names := func(text, pattern string) (found []string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found = append(found, m[1])
		}
		slices.Sort(found)
		return found
	}
	_, client, _ := strings.Cut(ClientTypes, "export interface Client {")
	client, _, _ = strings.Cut(client, "\n}")
	_, frozen, _ := strings.Cut(ClientModule, "Object.freeze({")
	frozen, _, _ = strings.Cut(frozen, "}")
	if has, told := names(frozen, `(\w+)`), names(client, `(?m)^  (\w+)\(`); len(has) < 6 || !slices.Equal(has, told) {
		t.Errorf("the client has %v, its types tell of %v", has, told)
	}
	const exported = `(?m)^export (?:function|class) (\w+)`
	if has, told := names(ClientModule, exported), names(ClientTypes, exported); len(has) != 2 || !slices.Equal(has, told) {
		t.Errorf("the module exports %v, its types tell of %v", has, told)
	}
	connect := regexp.MustCompile(`async function connect\(\{ ([^}]+) \}\)`).FindStringSubmatch(ClientModule)
	for _, option := range strings.Split(connect[1], ", ") {
		option, _, _ = strings.Cut(option, " = ")
		if !regexp.MustCompile(`\b` + option + `\??: `).MatchString(ClientTypes) {
			t.Errorf("the types do not know the option %s", option)
		}
	}
}
