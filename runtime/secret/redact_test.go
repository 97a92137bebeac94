package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"claviger/mapping/value"
	"claviger/runtime/secret"
)

const awkward = `p+Ä/s "s"<w>\ö%&=~*`

func TestRedactForms(t *testing.T) {
	asJSON, _ := json.Marshal(awkward)
	inJSON := strings.Trim(string(asJSON), `"`)
	std, raw := base64.StdEncoding, base64.RawURLEncoding
	basic := std.EncodeToString([]byte("client:" + url.QueryEscape(awkward)))
	for name, text := range map[string]string{
		"plain":                    awkward,
		"query":                    url.QueryEscape(awkward),
		"path":                     url.PathEscape(awkward),
		"lower hex escapes":        lowerEscapes(url.QueryEscape(awkward)),
		"encodeURIComponent":       `p%2B%C3%84%2Fs%20%22s%22%3Cw%3E%5C%C3%B6%25%26%3D~*`,
		"query of a query":         url.QueryEscape(url.QueryEscape(awkward)),
		"JSON, Go":                 inJSON,
		"JSON, JavaScript":         `p+Ä/s \"s\"<w>\\ö%&=~*`,
		"JSON, PHP":                `p+\u00c4\/s \"s\"<w>\\\u00f6%&=~*`,
		"JSON, any escape":         `\u0070\u002B\u00C4\u002Fs \u0022s\u0022<w>\u005c\u00f6%&=~*`,
		"JSON in JSON":             strings.ReplaceAll(strings.ReplaceAll(inJSON, `\`, `\\`), `"`, `\"`),
		"query in JSON":            strings.ReplaceAll(url.QueryEscape(awkward), "%", `\u0025`),
		"JSON in a query":          url.QueryEscape(inJSON),
		"HTML":                     html.EscapeString(awkward),
		"hex":                      hex.EncodeToString([]byte(awkward)),
		"upper hex":                strings.ToUpper(hex.EncodeToString([]byte(awkward))),
		"base64":                   std.EncodeToString([]byte(awkward)),
		"base64, raw, URL":         raw.EncodeToString([]byte(awkward)),
		"base64 in a query":        url.QueryEscape(std.EncodeToString([]byte(awkward))),
		"base64 in PHP's JSON":     strings.ReplaceAll(std.EncodeToString([]byte(awkward)), "/", `\/`),
		"base64 of JSON":           std.EncodeToString(asJSON),
		"Basic header":             basic,
		"Basic header in a query":  url.QueryEscape(basic),
		"hex of a query component": hex.EncodeToString([]byte(url.QueryEscape(awkward))),
	} {
		r := secret.NewRedactor(awkward)
		got := r.Redact("before " + text + " after")
		if !strings.Contains(got, secret.Redacted) || len(got) > len("before [secret] after")+20 {
			t.Errorf("%s: %q stays in %q", name, text, got)
		}
	}
}

// lowerEscapes turns %2F into %2f.
func lowerEscapes(s string) string {
	for _, escape := range []string{"%2B", "%2F", "%3C", "%3E", "%3D", "%5C", "%C3", "%B6"} {
		s = strings.ReplaceAll(s, escape, strings.ToLower(escape))
	}
	return s
}

func TestRedactExactly(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 20)
	for _, c := range []struct {
		values    []string
		text, out string
	}{
		{nil, "nothing known", "nothing known"},
		{[]string{"short"}, "short stays", "short stays"},
		{[]string{"1234567"}, "1234567", "1234567"},
		{[]string{"äöüäöü"}, "äöüäöü", "äöüäöü"}, // six characters, however many bytes
		{[]string{"12345678"}, "12345678", "[secret]"},
		{[]string{"12345678"}, "a=12345678&b", "a=[secret]&b"},
		{[]string{"12345678", "12345678abc"}, "x12345678abcx12345678x", "x[secret]x[secret]x"},
		{[]string{"abcdefgh", "efghijkl"}, "-abcdefghijkl-", "-[secret]-"},
		{[]string{"aaaaaaaa"}, "-aaaaaaaaaaaa-", "-[secret]-"},
		{[]string{long}, "<" + long + ">", "<[secret]>"},
		{[]string{long}, "<" + long[:100], "<[secret]" + long[96:100]},
		{[]string{"correct-horse"}, "Authorization: Basic Y29ycmVjdC1ob3JzZQ==", "Authorization: Basic [secret]"},
		{[]string{"correct-horse"}, "Basic " + base64.StdEncoding.EncodeToString([]byte("id:correct-horse")), "Basic aWQ6[secret]"},
		{[]string{`C:\new\table`}, `in C:\new\table and C:\\new\\table`, `in [secret] and [secret]`},
		{[]string{"100%41%42abc"}, "x100%41%42abcx 100%2541%2542abc", "x[secret]x [secret]"},
	} {
		if got := secret.NewRedactor(c.values...).Redact(c.text); got != c.out {
			t.Errorf("%q in %q: got %q, want %q", c.values, c.text, got, c.out)
		}
	}
}

func TestRedactorWithout(t *testing.T) {
	var r *secret.Redactor
	r.Add("12345678")
	r.AddValue(value.Of("a", "12345678"))
	if got := r.Redact("12345678"); got != "12345678" {
		t.Errorf("nil: %q", got)
	}
	var zero secret.Redactor
	if got := zero.Redact("12345678"); got != "12345678" {
		t.Errorf("zero: %q", got)
	}
	zero.Add("12345678")
	if got := zero.Redact("12345678"); got != secret.Redacted {
		t.Errorf("zero after Add: %q", got)
	}
}

func TestRedactorAddValue(t *testing.T) {
	r := secret.NewRedactor()
	r.AddValue(value.Of(
		"access_token", "token-one", "key-not-collected", json.Number("1700000000"),
		"data", []any{value.Of("deep", "token-two"), nil, true, value.Undefined, secret.New("token-three")},
	))
	got := r.Redact("token-one token-two token-three key-not-collected 1700000000")
	if want := "[secret] [secret] [secret] key-not-collected 1700000000"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestRedactorWhileOthersAdd(t *testing.T) {
	r := secret.NewRedactor("first-secret")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				r.Add(strings.Repeat(string(rune('a'+i)), 9))
				if got := r.Redact("x first-secret"); got != "x [secret]" {
					t.Error(got)
				}
			}
		})
	}
	all.Wait()
}

// encoders are checked one by one and in pairs.
var encoders = map[string]func(string) string{
	"plain":    func(s string) string { return s },
	"query":    url.QueryEscape,
	"path":     url.PathEscape,
	"everylow": func(s string) string { return escapeEvery(s, "0123456789abcdef") },
	"json":     func(s string) string { q, _ := json.Marshal(s); return string(q[1 : len(q)-1]) },
	"php": func(s string) string {
		q, _ := json.Marshal(s)
		return strings.ReplaceAll(string(q[1:len(q)-1]), "/", `\/`)
	},
	"html":  html.EscapeString,
	"hex":   func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":   func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"every": func(s string) string { return escapeEvery(s, "0123456789ABCDEF") },
}

func escapeEvery(s, digits string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}

func TestNoFormSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hidden := rapid.StringN(8, 60, 120).Draw(t, "secret")
		before, after := rapid.String().Draw(t, "before"), rapid.String().Draw(t, "after")
		r := secret.NewRedactor(hidden)
		for name, encode := range encoders {
			form := encode(hidden)
			if strings.Contains(secret.Redacted, form) {
				continue
			}
			if got := r.Redact(before + form + after); strings.Contains(got, form) && !strings.Contains(before+secret.Redacted+after, form) {
				t.Fatalf("%s: %q survives in %q", name, form, got)
			}
		}
		mustHideBase64(t, r, hidden, before, after)
	})
}

// mustHideBase64 looks for the secret at each offset, as somebody would who decodes what is left.
func mustHideBase64(t *rapid.T, r *secret.Redactor, hidden, before, after string) {
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		for _, around := range []string{before, "", "x", "xy", "xyz"} {
			text := encoding.EncodeToString([]byte(around + hidden + after))
			got := r.Redact(text)
			at := len(around)
			own := text[(at*8+5)/6 : (at+len(hidden))*8/6]
			if !strings.Contains(got, secret.Redacted) || strings.Contains(got, own) {
				t.Fatalf("%q at %d of %q: %q", hidden, at, text, got)
			}
		}
	}
}

// bounds are what a Redactor may be told, and whether it can look for that.
func bounds() map[string]struct {
	values []string
	can    bool
} {
	many := func(n, size int, alphabet string) []string {
		random, runes := rand.New(rand.NewPCG(1, 2)), []rune(alphabet)
		list := make([]string, n)
		for i := range list {
			text := make([]rune, size)
			for at := range text {
				text[at] = runes[random.IntN(len(runes))]
			}
			list[i] = string(text)
		}
		return list
	}
	const tokens = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
	latin1 := ""
	for r := rune(1); r < 256; r++ {
		latin1 += string(r)
	}
	return map[string]struct {
		values []string
		can    bool
	}{
		"tokens of 16 KiB":         {many(8, 16<<10, tokens), true},
		"base64 of 16 KiB":         {many(4, 16<<10, tokens[:62]+"+/"), true},
		"one of 64 KiB":            {many(1, 64<<10, tokens), true},
		"one beyond 64 KiB":        {many(1, 64<<10+1, tokens), false},
		"1000 cookies":             {many(1000, 40, tokens), true},
		"latin1 of 4 KiB":          {many(1, 4<<10, latin1), true},
		"latin1 of 32,000":         {many(1, 32000, latin1), false},
		"latin1 of 2 MiB":          {many(1, 1<<20, latin1), false},
		"60,000 of 12":             {many(60_000, 12, tokens), false},
		"1,000 of 12 latin1":       {many(1_000, 12, latin1), true},
		"1,000 of 31 latin1":       {many(1_000, 31, latin1), true},
		"1,000 of 31":              {many(1_000, 31, tokens), true},
		"1,001":                    {many(1_001, 31, tokens), false},
		"16 MiB in 256 of 64 KiB":  {many(256, 64<<10, tokens), false},
		"256 KiB in 40 of 6,500":   {many(40, 6500, tokens), true},
		"256 KiB in 1,000 of 260":  {many(1000, 260, tokens), true},
		"60,000 that are the same": {slices.Repeat(many(1, 1000, tokens), 60_000), true},
	}
}

// What a Redactor looks for it finds, in the first of its values and in the last; where it cannot, it gives out nothing.
func TestRedactorIsBounded(t *testing.T) {
	for name, c := range bounds() {
		r := secret.NewRedactor(c.values...)
		if got := r.Redact("a harmless text"); (got == "a harmless text") != c.can || !c.can && got != secret.Withheld {
			t.Errorf("%s: %s", name, got)
		}
		for _, hidden := range []string{c.values[0], c.values[len(c.values)-1]} {
			for _, text := range []string{hidden, url.QueryEscape(hidden), base64.StdEncoding.EncodeToString([]byte("x" + hidden))} {
				if got := r.Redact("<" + text + ">"); len(got) > 50 {
					t.Errorf("%s: %d bytes are left", name, len(got))
				}
			}
		}
	}
}

func TestWithhold(t *testing.T) {
	var none *secret.Redactor
	none.Withhold()
	r := secret.NewRedactor("first-secret")
	r.Withhold()
	r.Add("another-one")
	if got := r.Redact("a harmless text"); got != secret.Withheld {
		t.Error(got)
	}
}

func BenchmarkBounds(b *testing.B) {
	for name, c := range bounds() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				secret.NewRedactor(c.values...).Redact("first use")
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("12345678", "a12345678b")
	f.Add(awkward, url.QueryEscape(awkward)+`\u00`+"%4")
	f.Add(`\\\\\\\\`, `\\\\\\\\\\\\\\\\\\\`)
	f.Add("%%%%%%%%", "%25%%25%2525%%%%%%")
	f.Fuzz(func(t *testing.T, hidden, text string) {
		r := secret.NewRedactor(hidden)
		if got := r.Redact(text); got != text && !strings.Contains(got, secret.Redacted) {
			t.Errorf("%q became %q", text, got)
		}
		if len([]rune(hidden)) < secret.MinRedacted || strings.Contains(secret.Redacted, hidden) {
			return
		}
		if got := r.Redact(text + hidden + text); !strings.Contains(got, secret.Redacted) {
			t.Errorf("%q stays in %q", hidden, got)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	values := make([]string, 20)
	for i := range values {
		values[i] = strings.Repeat(string(rune('a'+i)), 4) + "4f5d9cU2mVhG1bTz/0x+" + strings.Repeat("Zk9", i*10)
	}
	line := `{"error":"invalid_grant","error_description":"Token has been expired or revoked.","a":"\u003c\/x","u":"%2Fb"} `
	for name, text := range map[string]string{"short": line, "MiB": strings.Repeat(line, 1<<20/len(line))} {
		b.Run(name, func(b *testing.B) {
			r := secret.NewRedactor(values...)
			r.Redact("compile it first")
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Redact(text)
			}
		})
	}
	b.Run("worst", func(b *testing.B) {
		r := secret.NewRedactor(strings.Repeat("a", 31), strings.Repeat("a", 60000), "aaaaaaaab"+strings.Repeat("aaaaaaaac", 1000))
		text := strings.Repeat("a", 1<<20)
		b.SetBytes(1 << 20)
		for b.Loop() {
			r.Redact(text)
		}
	})
	b.Run("compile", func(b *testing.B) {
		for b.Loop() {
			secret.NewRedactor(values...).Redact("first use")
		}
	})
}
