package worker

import _ "embed"

//go:embed global_clone.js
var cloneScript string

// cloneGlobal is structuredClone, per the HTML standard, for the values of the language. Transfer moves nothing: the
// originals stay usable.
//
//	structuredClone({at: new Date(0), list: new Set([1])})
var cloneGlobal = global{name: "clone", provides: []string{"structuredClone"}, script: cloneScript}
