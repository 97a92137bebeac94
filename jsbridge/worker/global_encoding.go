package worker

import (
	_ "embed"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dop251/goja"
)

//go:embed global_encoding.js
var encodingScript string

// encodingGlobal is TextEncoder and TextDecoder, per the Encoding standard; what is decoded is UTF-8, UTF-16 and
// windows-1252, which is also what the standard means by latin1 and ascii.
//
//	new TextDecoder().decode(new TextEncoder().encode('ü'))   // 'ü'
var encodingGlobal = global{
	name: "encoding", provides: []string{"TextEncoder", "TextDecoder"}, script: encodingScript,
	natives: map[string]native{"encode": encodeText, "encodeInto": encodeInto, "decode": decodeStream},
}

// encodeInto is encodeInto(text, view) → {read, written}: as many whole characters as there is room for.
func encodeInto(m *machine, call goja.FunctionCall) goja.Value {
	view := m.view(call.Argument(1))
	read, written := 0, 0
	for _, r := range call.Argument(0).String() {
		size := utf8.RuneLen(r)
		if written+size > len(view) {
			break
		}
		written += utf8.EncodeRune(view[written:], r)
		read += utf16.RuneLen(r)
	}
	o := m.vm.NewObject()
	m.set(o, "read", read)
	m.set(o, "written", written)
	return o
}

// decodeStream is decode(bytes, encoding, stream, fatal) → {text, rest}: rest is what the next part of a stream continues.
func decodeStream(m *machine, call goja.FunctionCall) goja.Value {
	whole, encoding, stream := m.bytes(call.Argument(0)), call.Argument(1).String(), call.Argument(2).ToBoolean()
	var text string
	var rest []byte
	valid := true
	switch encoding {
	case "windows-1252":
		text = fromWindows1252(whole)
	case "utf-16le", "utf-16be":
		text, rest, valid = decodeUTF16(whole, encoding == "utf-16be", stream)
	default:
		if stream {
			whole, rest = cutIncomplete(whole)
		}
		text, valid = validUTF8(whole), utf8.Valid(whole)
	}
	if call.Argument(3).ToBoolean() && !valid {
		panic(m.throwable("TypeError", "ERR_ENCODING_INVALID_ENCODED_DATA", "The encoded data was not valid for encoding %s", encoding))
	}
	o := m.holder()
	m.set(o, "text", text)
	m.set(o, "rest", m.vm.NewArrayBuffer(rest))
	return o
}

// decodeUTF16 also tells whether b was valid as a whole. Of a stream it leaves out what the next part may complete.
func decodeUTF16(b []byte, bigEndian, stream bool) (text string, rest []byte, valid bool) {
	if bigEndian {
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
	units := littleEndian(b)
	end := len(units)
	if stream && end > 0 && utf16.IsSurrogate(rune(units[end-1])) && units[end-1] < 0xDC00 {
		end--
	}
	text = string(utf16.Decode(units[:end]))
	valid = strings.Count(text, "\ufffd") == countUnit(units[:end], 0xFFFD)
	rest = b[2*end:]
	if bigEndian && len(rest) > 1 {
		rest[0], rest[1] = rest[1], rest[0]
	}
	if stream || len(rest) == 0 {
		return text, rest, valid
	}
	return text + "\ufffd", nil, false
}

func countUnit(units []uint16, unit uint16) int {
	n := 0
	for _, u := range units {
		if u == unit {
			n++
		}
	}
	return n
}

// windows1252 is what the bytes from 0x80 to 0x9F mean in windows-1252; others mean what they do in latin1.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func fromWindows1252(bytes []byte) string {
	runes := make([]rune, len(bytes))
	for i, b := range bytes {
		runes[i] = rune(b)
		if b >= 0x80 && b < 0xA0 {
			runes[i] = windows1252[b-0x80]
		}
	}
	return string(runes)
}
