package worker

import (
	_ "embed"
	"time"

	"github.com/dop251/goja"
)

//go:embed global_performance.js
var performanceScript string

// performanceGlobal is performance, with now and timeOrigin alone. Its time begins when it is first touched.
var performanceGlobal = global{
	name: "performance", provides: []string{"performance"}, script: performanceScript,
	natives: map[string]native{"clock": startClock},
}

// startClock is clock() → a function that tells the milliseconds since then, with a fraction.
func startClock(m *machine, _ goja.FunctionCall) goja.Value {
	begin := time.Now()
	return m.vm.ToValue(func(goja.FunctionCall) goja.Value {
		return m.vm.ToValue(float64(time.Since(begin)) / float64(time.Millisecond))
	})
}
