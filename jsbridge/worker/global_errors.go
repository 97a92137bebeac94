package worker

import _ "embed"

//go:embed global_errors.js
var errorsScript string

// errorsGlobal makes the errors that Node's own functions throw, with their codes and messages.
var errorsGlobal = global{name: "errors", script: errorsScript}
