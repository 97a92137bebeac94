package worker

import _ "embed"

//go:embed global_exception.js
var exceptionScript string

// exceptionGlobal is DOMException, which other globals throw: an Error with a name and a legacy code.
//
//	new DOMException('gone', 'AbortError').code   // 20
var exceptionGlobal = global{name: "exception", provides: []string{"DOMException"}, script: exceptionScript}
