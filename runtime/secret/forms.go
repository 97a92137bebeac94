package secret

import (
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
	texts := append(urlForms(secret), jsonForms(secret)...)
	add(secret)
	add(texts...)
	add(html.EscapeString(secret), strings.NewReplacer("&#34;", "&quot;", "&#39;", "&#x27;").Replace(html.EscapeString(secret)))
	// What is form-encoded or quoted first and then encoded as a whole: the Basic header of RFC 6749 2.3.1, JSON in base64.
	for _, inner := range append([]string{secret}, texts...) {
		add(hex.EncodeToString([]byte(inner)), strings.ToUpper(hex.EncodeToString([]byte(inner))))
		add(base64Forms(inner)...)
	}
	return all
}

// urlForms escape with the sets of unreserved characters that are in use, in upper and lower hex.
func urlForms(s string) []string {
	var list []string
	for _, keep := range []string{
		"-_.~",                // RFC 3986, Go's QueryEscape
		"-_.*",                // the URL standard's form encoding, Java
		"-_.",                 // Python's quote of old, PHP's urlencode
		"-_.!~*'()",           // encodeURIComponent
		"-_.~$&+=:@",          // Go's PathEscape
		"-_.!~*'();/?:@&=+$,", // encodeURI
		"",                    // nothing but letters and digits
	} {
		upper := percent(s, keep, "%%%02X")
		lower := percent(s, keep, "%%%02x")
		list = append(list, upper, lower)
		if strings.Contains(s, " ") {
			list = append(list, strings.ReplaceAll(upper, "%20", "+"), strings.ReplaceAll(lower, "%20", "+"))
		}
	}
	return append(list, everyByte(s, "%%%02X"), everyByte(s, "%%%02x"), url.QueryEscape(s))
}

func percent(s, keep, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c < 0x80 && strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, format, c)
		}
	}
	return b.String()
}

func everyByte(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// jsonForms are the insides of the JSON strings that Go, JavaScript, Python and PHP write.
func jsonForms(s string) []string {
	quoted, _ := json.Marshal(s) // a string always marshals
	withHTML := string(quoted[1 : len(quoted)-1])
	plain := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(withHTML)
	list := []string{withHTML, plain}
	for _, text := range []string{withHTML, plain} {
		for _, text := range []string{text, ascii(text, `\u%04x`), ascii(text, `\u%04X`)} {
			list = append(list, text, strings.ReplaceAll(text, "/", `\/`))
		}
	}
	return list
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

// base64Forms are the characters that s alone decides at each of its three possible places in a longer base64 text, in
// both alphabets, and with the standard one's + and / escaped for a URL or JSON.
func base64Forms(s string) []string {
	var list []string
	for offset, shared := range []int{0, 2, 3} { // characters at the front that bytes before s have a part in
		whole := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), s...))
		std := whole[min(shared, len(whole)) : (offset+len(s))*8/6]
		list = append(list, std, strings.NewReplacer("+", "-", "/", "_").Replace(std), strings.ReplaceAll(std, "/", `\/`),
			strings.NewReplacer("+", "%2B", "/", "%2F").Replace(std), strings.NewReplacer("+", "%2b", "/", "%2f").Replace(std))
	}
	return list
}
