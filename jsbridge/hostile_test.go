package jsbridge_test

import (
	"context"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"claviger/jsbridge"
	"claviger/jsbridge/wire"
)

// hostileCommand makes this test binary a worker that has been taken over; its argument says what it does.
const hostileCommand = "hostile-worker"

// raw is a frame with any lengths.
func raw(kind wire.Kind, headLength, bodyLength uint32, rest string) []byte {
	b := []byte{byte(kind)}
	b = binary.BigEndian.AppendUint32(b, headLength)
	b = binary.BigEndian.AppendUint32(b, bodyLength)
	return append(b, rest...)
}

func frame(kind wire.Kind, head, body string) []byte {
	return raw(kind, uint32(len(head)), uint32(len(body)), head+body)
}

var hostileFrames = map[string][]byte{
	"unknown kind":       frame('?', "", ""),
	"parent's kind":      frame(wire.Run, "{}", ""),
	"huge head":          raw(wire.Result, 1<<31, 0, ""),
	"huge body":          raw(wire.Result, 0, 1<<32-1, ""),
	"result too large":   raw(wire.Result, 0, 18<<20, ""),
	"deep result":        frame(wire.Result, "", strings.Repeat("[", 1e6)),
	"result is no JSON":  frame(wire.Result, "", "{"),
	"failure is no JSON": frame(wire.Failed, "nope", ""),
	"failure lies": frame(wire.Failed, `{"file":"../../etc/passwd","line":-5,"col":99999999999,"message":"a\nb\u0000\u001b[2J",`+
		`"code":"x\ny","retryAfter":-1,"limit":"none such"}`, ""),
	"failure of wrong types": frame(wire.Failed, `{"line":"one"}`, ""),
	"findings for a call":    frame(wire.Checked, "", "[]"),
	"fetch is no JSON":       frame(wire.Fetch, "[]", ""),
	"fetch twice":            append(frame(wire.Fetch, `{"id":1,"url":"https://a.example"}`, ""), frame(wire.Fetch, `{"id":1}`, "")...),
	"fetch without end":      []byte(strings.Repeat(string(frame(wire.Fetch, `{"id":1}`, "")), 1)),
	"many fetches":           manyFetches(),
	"value is no JSON":       frame(wire.Value, "[]", ""),
	"value twice":            append(frame(wire.Value, `{"id":1,"whose":"connection","name":"x"}`, ""), frame(wire.Value, `{"id":1}`, "")...),
	"value of nobody":        frame(wire.Value, `{"id":1,"whose":"server","name":"../keyset.json"}`, ""),
	"log over the limit":     frame(wire.Log, `{"level":"log"}`, strings.Repeat("x", 300<<10)),
	"empty logs":             []byte(strings.Repeat(string(frame(wire.Log, `{"level":"log"}`, "")), 300<<10)),
	"half a frame":           raw(wire.Result, 0, 100, "half"),
}

func manyFetches() []byte {
	var b []byte
	for i := range 60 {
		b = append(b, frame(wire.Fetch, `{"id":`+string(rune('0'+i/10))+string(rune('0'+i%10))+`}`, "")...)
	}
	return []byte(strings.ReplaceAll(string(b), `"id":0`, `"id":9`))
}

// actHostile says that it is ready, reads the call, and sends its frames.
func actHostile(what string) {
	os.Stdout.Write(frame(wire.Ready, "{}", ""))
	if _, err := wire.Read(os.Stdin, wire.MaxBody); err != nil {
		return
	}
	os.Stdout.Write(hostileFrames[what])
	if what == "closes its pipe" {
		os.Stdout.Close()
	}
	time.Sleep(time.Minute)
}

// What a worker sends can fail its own call and nothing else.
func TestHostileWorker(t *testing.T) {
	s := folder("a.js", "exports.go = () => 1")
	for _, what := range append([]string{"closes its pipe", "silence"}, keys(hostileFrames)...) {
		t.Run(what, func(t *testing.T) {
			p := jsbridge.NewPool(jsbridge.PoolConfig{Command: []string{os.Args[0], hostileCommand, what}, Size: 1})
			defer p.Close()
			for range 2 {
				begin := time.Now()
				_, err := p.Call(context.Background(), jsbridge.Call{
					Connector: "demo", Method: "go", Script: s, Limits: jsbridge.Limits{Wall: 300 * time.Millisecond},
				})
				e := failed(t, err)
				if e.File != "a.js" || e.Line != 1 || e.Col != 1 || e.Code != "" && e.Code != "x y" || e.RetryAfter != 0 && !e.Overloaded {
					t.Errorf("got %+v", e)
				}
				if strings.ContainsAny(e.Error(), "\n\x00\x1b") || e.Message == "" {
					t.Errorf("message %q", e.Message)
				}
				if took := time.Since(begin); took > time.Second {
					t.Errorf("took %s", took)
				}
				t.Logf("%v [%s]", e, e.Limit)
			}
		})
	}
}

func keys(m map[string][]byte) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	return names
}
