package worker

import _ "embed"

//go:embed global_headers.js
var headersScript string

// headersGlobal is Headers, per the Fetch standard: names in lower case, values of one name joined by ", ", iteration in
// the order of names.
//
//	new Headers({'X-A': '1'}).get('x-a')   // '1'
var headersGlobal = global{name: "headers", provides: []string{"Headers"}, script: headersScript}
