package secret

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// view is a text with some escapes undone, and where each of its bytes comes from.
type view struct {
	text string
	at   []int32 // at[i] is where byte i begins in the original, at[len(text)] its end; nil: text is the original
}

func (v view) origin(from, to int) span {
	if v.at == nil {
		return span{from, to}
	}
	return span{int(v.at[from]), int(v.at[to])}
}

// views are the text itself and what remains when JSON and percent escapes are undone, once and twice, in any order.
// Those that would be the same as what they come from are left out, so that an ordinary text has one view.
func views(s string) []view {
	list := []view{{text: s}}
	first := 0
	for range 2 {
		last := len(list)
		for _, v := range list[first:last] {
			if strings.IndexByte(v.text, '\\') >= 0 {
				list = append(list, v.undo(jsonEscape))
			}
			if strings.IndexByte(v.text, '%') >= 0 {
				list = append(list, v.undo(percentEscape))
			}
		}
		first = last
	}
	return list
}

// undo replaces escapes. escape reads one at the start of a text: what it stands for, and its length, 0 if there is none.
func (v view) undo(escape func(string) (string, int)) view {
	var b strings.Builder
	b.Grow(len(v.text))
	at := make([]int32, 0, len(v.text)+1)
	for i := 0; i < len(v.text); {
		plain, n := escape(v.text[i:])
		if n == 0 {
			plain, n = v.text[i:i+1], 1
		}
		b.WriteString(plain)
		for range len(plain) {
			at = append(at, int32(v.origin(i, i).from))
		}
		i += n
	}
	at = append(at, int32(v.origin(len(v.text), len(v.text)).to))
	return view{b.String(), at}
}

func percentEscape(s string) (string, int) {
	if len(s) < 3 || s[0] != '%' {
		return "", 0
	}
	c, err := strconv.ParseUint(s[1:3], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(c)}), 3
}

func jsonEscape(s string) (string, int) {
	if len(s) < 2 || s[0] != '\\' {
		return "", 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, s[1]); i >= 0 {
		return "\"\\/\b\f\n\r\t"[i : i+1], 2
	}
	r, n := unicodeEscape(s)
	if n == 0 {
		return "", 0
	}
	if utf16.IsSurrogate(r) {
		if low, m := unicodeEscape(s[n:]); m > 0 {
			if both := utf16.DecodeRune(r, low); both != utf8.RuneError {
				return string(both), n + m
			}
		}
	}
	return string(r), n
}

// unicodeEscape reads \uXXXX.
func unicodeEscape(s string) (rune, int) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, 0
	}
	r, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(r), 6
}
