package worker

import (
	_ "embed"
	"net/url"
	"strings"

	"github.com/dop251/goja"
)

//go:embed global_searchparams.js
var searchParamsScript string

// searchParamsGlobal is URLSearchParams, per the URL standard.
//
//	new URLSearchParams({q: 'a b', n: 1}).toString()   // 'q=a+b&n=1'
var searchParamsGlobal = global{
	name: "searchparams", provides: []string{"URLSearchParams"}, script: searchParamsScript,
	natives: map[string]native{"parseForm": parseForm, "encodeForm": encodeForm},
}

// parseForm is parseForm(text) → [[name, value], …].
func parseForm(m *machine, call goja.FunctionCall) goja.Value {
	pairs := formPairs(call.Argument(0).String())
	list := make([]any, len(pairs))
	for i, p := range pairs {
		list[i] = m.vm.NewArray(p[0], p[1])
	}
	return m.vm.NewArray(list...)
}

// formPairs parses application/x-www-form-urlencoded (URL standard, section 5.1). Nothing is an error.
func formPairs(text string) [][2]string {
	var pairs [][2]string
	for piece := range strings.SplitSeq(text, "&") {
		if piece == "" {
			continue
		}
		name, value, _ := strings.Cut(piece, "=")
		pairs = append(pairs, [2]string{decodeFormText(name), decodeFormText(value)})
	}
	return pairs
}

// decodeFormText replaces + and well-formed escapes; others stay as they are.
func decodeFormText(text string) string {
	if !strings.ContainsAny(text, "+%") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(text) && hexDigit(text[i+1]) >= 0 && hexDigit(text[i+2]) >= 0:
			out = append(out, byte(hexDigit(text[i+1])<<4|hexDigit(text[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return validUTF8(out)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// formEscapes is where Go's form encoding differs from the URL standard's.
var formEscapes = strings.NewReplacer("%2A", "*", "~", "%7E")

// encodeForm is encodeForm(text) → one name or value of application/x-www-form-urlencoded.
func encodeForm(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(encodeFormText(call.Argument(0).String()))
}

func encodeFormText(text string) string { return formEscapes.Replace(url.QueryEscape(text)) }
