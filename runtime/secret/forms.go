package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// forms are the ways in which a secret is written that are looked for byte by byte. Mixtures of URL and JSON escapes
// beyond these are found by undoing the escapes (see views).
func forms(secret string) map[string]struct{} {
	all := map[string]struct{}{}
	add := func(texts ...string) {
		for _, t := range texts {
			if len(t) >= MinRedacted {
				all[t] = struct{}{}
			}
		}
	}
	add(secret)
	add(urlForms(secret)...)
	add(jsonForms(secret)...)
	quoted := html.EscapeString(secret)
	add(quoted, strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(quoted))
	for inner := range inners(secret) {
		lower := hex.EncodeToString([]byte(inner))
		add(lower, strings.ToUpper(lower))
		add(base64Forms(inner)...)
	}
	return all
}

// inners are the forms in which a secret stands in what is then encoded as a whole: in the Basic header of RFC 6749 2.3.1,
// form-encoded first, or in base64 of JSON.
func inners(secret string) map[string]struct{} {
	quoted := quote(secret, true)
	return map[string]struct{}{
		secret:                                 {},
		url.QueryEscape(secret):                {},
		percent(secret, "-_.*", upperHex):      {},
		percent(secret, "-_.!~*'()", upperHex): {},
		quoted:                                 {},
		quote(secret, false):                   {},
		strings.ReplaceAll(quoted, "/", `\/`):  {},
		strings.ReplaceAll(url.QueryEscape(secret), "+", "%20"): {},
	}
}

const (
	upperHex = "0123456789ABCDEF"
	lowerHex = "0123456789abcdef"
)

// urlForms escape with the sets of unreserved characters that are in use, in upper and lower hex.
func urlForms(s string) []string {
	var list []string
	for _, keep := range []string{
		"-_.~",                // RFC 3986, Go's QueryEscape
		"-_.*",                // the URL standard's form encoding, Java
		"-_.",                 // PHP's urlencode
		"-_./",                // Python's quote of old
		"-_.!~*'()",           // encodeURIComponent
		"-_.~$&+=:@",          // Go's PathEscape
		"-_.!~*'();/?:@&=+$,", // encodeURI
		"",                    // nothing but letters and digits
	} {
		for _, digits := range []string{upperHex, lowerHex} {
			text := percent(s, keep, digits)
			list = append(list, text, strings.ReplaceAll(text, "%20", "+"))
		}
	}
	return append(list, everyByte(s, upperHex), everyByte(s, lowerHex))
}

func percent(s, keep, digits string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

func everyByte(s, digits string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}

// jsonForms are the insides of the JSON strings that Go, JavaScript, Python and PHP write.
func jsonForms(s string) []string {
	var list []string
	for _, text := range []string{quote(s, true), quote(s, false)} {
		for _, text := range []string{text, ascii(text, `\u%04x`), ascii(text, `\u%04X`)} {
			list = append(list, text, strings.ReplaceAll(text, "/", `\/`))
		}
	}
	return list
}

// quote is the inside of the string that encoding/json writes, with or without its escapes for HTML.
func quote(s string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(s) // a string into memory: nothing can fail
	return string(b.Bytes()[1 : b.Len()-2])
}

// ascii escapes what is beyond ASCII, in UTF-16 as JSON has it.
func ascii(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, format+format, high, low)
		default:
			fmt.Fprintf(&b, format, r)
		}
	}
	return b.String()
}

// base64Forms are the characters that s alone decides at each of its three possible places in a longer base64 text, and
// those with which the text ends where s does; in both alphabets, and with + / = escaped for a URL or JSON.
func base64Forms(s string) []string {
	var list []string
	for offset, shared := range []int{0, 2, 3} { // characters at the front that bytes before s have a part in
		before := append(make([]byte, offset), s...)
		own := base64.RawStdEncoding.EncodeToString(before)[shared : len(before)*8/6]
		for _, form := range []string{
			own,
			base64.RawStdEncoding.EncodeToString(before)[shared:],
			base64.StdEncoding.EncodeToString(before)[shared:],
		} {
			list = append(list, form, strings.ReplaceAll(form, "/", `\/`))
			for _, alphabet := range base64Alphabets {
				list = append(list, alphabet.Replace(form))
			}
		}
	}
	return list
}

var base64Alphabets = []*strings.Replacer{
	strings.NewReplacer("+", "-", "/", "_"),
	strings.NewReplacer("+", "-", "/", "_", "=", "%3D"),
	strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D"),
	strings.NewReplacer("+", "%2b", "/", "%2f", "=", "%3d"),
}
