package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// forms hands add the ways in which a secret is written that are looked for byte by byte, some more than once. Mixtures of
// URL and JSON escapes beyond these are found by undoing the escapes (see views). It ends early where add returns false.
func forms(secret string, add func(form string) bool) {
	quoted := html.EscapeString(secret)
	if !each(add, secret, quoted, strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(quoted)) ||
		!urlForms(secret, add) || !jsonForms(secret, add) {
		return
	}
	for inner := range inners(secret) {
		lower := hex.EncodeToString([]byte(inner))
		if !each(add, lower, strings.ToUpper(lower)) || !base64Forms(inner, add) {
			return
		}
	}
}

func each(add func(string) bool, texts ...string) bool {
	for _, t := range texts {
		if !add(t) {
			return false
		}
	}
	return true
}

// inners are the forms in which a secret stands in what is then encoded as a whole: in the Basic header of RFC 6749 2.3.1,
// form-encoded first, or in base64 of JSON.
func inners(secret string) map[string]struct{} {
	quoted, query := quote(secret, true), url.QueryEscape(secret)
	return map[string]struct{}{
		secret:                                 {},
		query:                                  {},
		percent(secret, "-_.*", upperHex):      {},
		percent(secret, "-_.!~*'()", upperHex): {},
		quoted:                                 {},
		quote(secret, false):                   {},
		strings.ReplaceAll(quoted, "/", `\/`):  {},
		strings.ReplaceAll(query, "+", "%20"):  {},
	}
}

const (
	upperHex = "0123456789ABCDEF"
	lowerHex = "0123456789abcdef"
)

// urlForms escape with the sets of unreserved characters that are in use, in upper and lower hex.
func urlForms(s string, add func(string) bool) bool {
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
			if !each(add, text, strings.ReplaceAll(text, "%20", "+")) {
				return false
			}
		}
	}
	return each(add, everyByte(s, upperHex), everyByte(s, lowerHex))
}

func percent(s, keep, digits string) string {
	var kept [256]bool
	for c := range kept {
		kept[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	for i := range len(keep) {
		kept[keep[i]] = true
	}
	return escape(s, &kept, digits)
}

func everyByte(s, digits string) string { return escape(s, &[256]bool{}, digits) }

// escape is s itself where all of it is kept.
func escape(s string, kept *[256]bool, digits string) string {
	escapes := 0
	for i := range len(s) {
		if !kept[s[i]] {
			escapes++
		}
	}
	if escapes == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*escapes)
	for i := range len(s) {
		if c := s[i]; kept[c] {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

// jsonForms are the insides of the JSON strings that Go, JavaScript, Python and PHP write.
func jsonForms(s string, add func(string) bool) bool {
	for _, text := range []string{quote(s, true), quote(s, false)} {
		for _, text := range []string{text, ascii(text, lowerHex), ascii(text, upperHex)} {
			if !each(add, text, strings.ReplaceAll(text, "/", `\/`)) {
				return false
			}
		}
	}
	return true
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
func ascii(s, digits string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return s
	}
	b := make([]byte, 0, 3*len(s))
	for _, r := range s {
		if r < utf8.RuneSelf {
			b = append(b, byte(r))
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			b = append(b, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
		}
	}
	return string(b)
}

// base64Forms are the characters that s alone decides at each of its three possible places in a longer base64 text, and
// those with which the text ends where s does; in both alphabets, and with + / = escaped for a URL or JSON.
func base64Forms(s string, add func(string) bool) bool {
	for offset, shared := range []int{0, 2, 3} { // characters at the front that bytes before s have a part in
		before := append(make([]byte, offset), s...)
		whole := base64.StdEncoding.EncodeToString(before)[shared:]
		own := whole[:len(before)*8/6-shared]
		raw := strings.TrimRight(whole, "=")
		if len(own) >= block { // what these have in common is looked for once
			raw, whole = raw[len(raw)-block:], whole[len(whole)-block:]
		}
		for _, form := range []string{own, raw, whole} {
			if !alphabets(form, add) {
				return false
			}
		}
	}
	return true
}

// alphabets are the ways to write a base64 text.
func alphabets(form string, add func(string) bool) bool {
	if !each(add, form) {
		return false
	}
	if strings.IndexByte(form, '+') < 0 && strings.IndexByte(form, '/') < 0 && strings.IndexByte(form, '=') < 0 {
		return true
	}
	escaped := func(plus, slash, equal string) string {
		return strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(form, "+", plus), "/", slash), "=", equal)
	}
	return each(add, escaped("+", `\/`, "="), escaped("-", "_", "="), escaped("-", "_", "%3D"),
		escaped("%2B", "%2F", "%3D"), escaped("%2b", "%2f", "%3d"))
}
