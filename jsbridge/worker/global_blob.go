package worker

import _ "embed"

//go:embed global_blob.js
var blobScript string

// blobGlobal is Blob and File, per the File API without streams: bytes with a type, and a file's name.
//
//	await new Blob(['a', new Uint8Array([98])], {type: 'text/plain'}).text()   // 'ab'
var blobGlobal = global{
	name: "blob", provides: []string{"Blob", "File"}, script: blobScript,
	natives: map[string]native{"copy": copyBytes, "encode": encodeText, "decode": decodeText, "join": joinBytes},
}
