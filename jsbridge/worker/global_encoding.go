package worker

import _ "embed"

//go:embed global_encoding.js
var encodingScript string

// encodingGlobal is TextEncoder and TextDecoder, per the Encoding standard, for UTF-8 alone.
//
//	new TextDecoder().decode(new TextEncoder().encode('ü'))   // 'ü'
var encodingGlobal = global{
	name: "encoding", provides: []string{"TextEncoder", "TextDecoder"}, script: encodingScript,
	natives: map[string]native{"encode": encodeText, "decode": decodeRaw},
}
