package worker

import _ "embed"

//go:embed global_response.js
var responseScript string

// responseGlobal is Response, per the Fetch standard, with bodies of text, bytes and URLSearchParams.
//
//	await new Response('{"a": 1}', {status: 201}).json()   // {a: 1}
var responseGlobal = global{name: "response", provides: []string{"Response"}, script: responseScript}
