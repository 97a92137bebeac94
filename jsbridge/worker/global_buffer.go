package worker

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf16"

	"github.com/dop251/goja"
)

//go:embed global_buffer.js
var bufferScript string

// bufferGlobal is Buffer, as Node has it: a Uint8Array that reads and writes text in utf8, hex, base64, base64url, latin1,
// ascii and utf16le.
//
//	Buffer.from('user:pass').toString('base64')   // 'dXNlcjpwYXNz'
var bufferGlobal = global{
	name: "buffer", provides: []string{"Buffer"}, script: bufferScript,
	natives: map[string]native{
		"encode": encodeBuffer, "decode": decodeBuffer, "byteLength": bufferLength, "search": searchBuffer,
		"numbersLater": numbersLater,
	},
}

// encodeBuffer is encode(text, encoding) → ArrayBuffer. As in Node nothing is an error: decoding of hex stops at the
// first wrong digit, base64 takes both alphabets and skips what is in neither.
func encodeBuffer(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(m.vm.NewArrayBuffer(bytesOfText(call.Argument(0), call.Argument(1).String())))
}

func bytesOfText(text goja.Value, encoding string) []byte {
	switch encoding {
	case "hex":
		return hexPrefix(text.String())
	case "base64", "base64url":
		return lenientBase64(text.String())
	case "latin1", "ascii":
		units := codeUnits(text)
		bytes := make([]byte, len(units))
		for i, unit := range units {
			bytes[i] = byte(unit)
		}
		return bytes
	case "utf16le":
		units := codeUnits(text)
		bytes := make([]byte, 0, 2*len(units))
		for _, unit := range units {
			bytes = append(bytes, byte(unit), byte(unit>>8))
		}
		return bytes
	}
	return []byte(text.String())
}

// codeUnits is a text as JavaScript sees it; unlike a Go string it may hold half a surrogate pair.
func codeUnits(v goja.Value) []uint16 {
	text, ok := v.(goja.String)
	if !ok {
		return utf16.Encode([]rune(v.String()))
	}
	units := make([]uint16, text.Length())
	for i := range units {
		units[i] = text.CharAt(i)
	}
	return units
}

// bufferLength is byteLength(text, encoding). As in Node that of base64 is a guess by the length of the text.
func bufferLength(m *machine, call goja.FunctionCall) goja.Value {
	switch encoding := call.Argument(1).String(); encoding {
	case "hex":
		return m.vm.ToValue(len(codeUnits(call.Argument(0))) / 2)
	case "base64", "base64url":
		units := codeUnits(call.Argument(0))
		for range 2 {
			if n := len(units); n > 0 && units[n-1] == '=' {
				units = units[:n-1]
			}
		}
		return m.vm.ToValue(len(units) * 3 / 4)
	default:
		return m.vm.ToValue(len(bytesOfText(call.Argument(0), encoding)))
	}
}

// searchBuffer is search(bytes, part, from, backwards) → index, -1 where there is none.
func searchBuffer(m *machine, call goja.FunctionCall) goja.Value {
	whole, part := m.view(call.Argument(0)), m.view(call.Argument(1))
	from := int(max(min(call.Argument(2).ToInteger(), int64(len(whole))), 0))
	if call.Argument(3).ToBoolean() {
		return m.vm.ToValue(bytes.LastIndex(whole[:min(from+len(part), len(whole))], part))
	}
	if at := bytes.Index(whole[from:], part); at >= 0 {
		return m.vm.ToValue(from + at)
	}
	return m.vm.ToValue(-1)
}

func hexPrefix(text string) []byte {
	n := 0
	for n+1 < len(text) && hexDigit(text[n]) >= 0 && hexDigit(text[n+1]) >= 0 {
		n += 2
	}
	bytes, _ := hex.DecodeString(text[:n]) // only digits are left
	return bytes
}

var base64Alphabet = strings.NewReplacer("-", "+", "_", "/")

func lenientBase64(text string) []byte {
	text, _, _ = strings.Cut(text, "=")
	text = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '+' || r == '/' {
			return r
		}
		return -1
	}, base64Alphabet.Replace(text))
	if len(text)%4 == 1 {
		text = text[:len(text)-1] // six bits are no byte
	}
	bytes, _ := base64.RawStdEncoding.DecodeString(text) // only the alphabet is left
	return bytes
}

// decodeBuffer is decode(bytes, encoding) → text.
func decodeBuffer(m *machine, call goja.FunctionCall) goja.Value {
	bytes := m.bytes(call.Argument(0))
	if call.Argument(1).String() == "utf16le" {
		return goja.StringFromUTF16(littleEndian(bytes))
	}
	return m.vm.ToValue(textOfBytes(bytes, call.Argument(1).String()))
}

// littleEndian is the UTF-16 in bytes; a last odd byte is left out.
func littleEndian(bytes []byte) []uint16 {
	units := make([]uint16, len(bytes)/2)
	for i := range units {
		units[i] = uint16(bytes[2*i]) | uint16(bytes[2*i+1])<<8
	}
	return units
}

func textOfBytes(bytes []byte, encoding string) string {
	switch encoding {
	case "hex":
		return hex.EncodeToString(bytes)
	case "base64":
		return base64.StdEncoding.EncodeToString(bytes)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(bytes)
	case "latin1":
		return fromLatin1(bytes)
	case "ascii":
		for i := range bytes {
			bytes[i] &= 0x7F
		}
		return string(bytes)
	}
	return validUTF8(bytes)
}
