package worker

import _ "embed"

//go:embed global_abort.js
var abortScript string

// abortGlobal is AbortController, AbortSignal (with abort, timeout, any) and the DOMException of their reasons.
//
//	await fetch(url, {signal: AbortSignal.timeout(5000)})   // rejects with a TimeoutError after 5 s
var abortGlobal = global{name: "abort", provides: []string{"AbortController", "AbortSignal"}, script: abortScript}
