package worker

import (
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
	natives: map[string]native{"encode": encodeBuffer, "decode": decodeBuffer},
}

// encodeBuffer is encode(text, encoding) → ArrayBuffer. As in Node nothing is an error: decoding of hex stops at the
// first wrong digit, base64 takes both alphabets and skips what is in neither.
func encodeBuffer(m *machine, call goja.FunctionCall) goja.Value {
	return m.vm.ToValue(m.vm.NewArrayBuffer(bytesOfText(call.Argument(0).String(), call.Argument(1).String())))
}

func bytesOfText(text, encoding string) []byte {
	switch encoding {
	case "hex":
		return hexPrefix(text)
	case "base64", "base64url":
		return lenientBase64(text)
	case "latin1", "ascii":
		bytes := make([]byte, 0, len(text))
		for _, unit := range utf16.Encode([]rune(text)) {
			bytes = append(bytes, byte(unit))
		}
		return bytes
	case "utf16le":
		bytes := make([]byte, 0, 2*len(text))
		for _, unit := range utf16.Encode([]rune(text)) {
			bytes = append(bytes, byte(unit), byte(unit>>8))
		}
		return bytes
	}
	return []byte(text)
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
	return m.vm.ToValue(textOfBytes(bytes, call.Argument(1).String()))
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
	case "utf16le":
		units := make([]uint16, len(bytes)/2)
		for i := range units {
			units[i] = uint16(bytes[2*i]) | uint16(bytes[2*i+1])<<8
		}
		return string(utf16.Decode(units))
	}
	return validUTF8(bytes)
}
