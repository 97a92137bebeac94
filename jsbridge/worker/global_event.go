package worker

import _ "embed"

//go:embed global_event.js
var eventScript string

// eventGlobal is Event, CustomEvent and EventTarget, per the DOM standard without trees: events do not travel. What a
// listener throws ends the call, as in Node.
//
//	const bus = new EventTarget()
//	bus.addEventListener('done', () => console.log('done'), {once: true})
var eventGlobal = global{name: "event", provides: []string{"Event", "CustomEvent", "EventTarget"}, script: eventScript}
