package worker

import _ "embed"

//go:embed global_request.js
var requestScript string

// requestGlobal is Request, per the Fetch standard, with bodies of text, bytes and URLSearchParams.
//
//	new Request('https://example.com/a', {method: 'post', body: 'x'}).method   // 'POST'
var requestGlobal = global{name: "request", provides: []string{"Request"}, script: requestScript}
