package worker

import (
	"bufio"
	"os"
	"testing"
	"time"

	"claviger/jsbridge/wire"
)

// pipes is a worker in this process and the parent's ends of its pipes.
func pipes(t *testing.T) (w *worker, to, from *os.File) {
	t.Helper()
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, f := range []*os.File{in, to, from, out} {
			_ = f.Close()
		}
	})
	return newWorker(&conn{in: in, reader: bufio.NewReader(in), out: out}), to, from
}

// A wake that comes when nothing waits leaves the next read alone.
func TestLateWake(t *testing.T) {
	w, to, _ := pipes(t)
	w.conn.wake()
	if _, err := to.Write([]byte{byte(wire.Answer), 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.conn.read(); err != nil {
		t.Errorf("read after a wake: %v", err)
	}
	if arrived, err := w.conn.wait(time.Now().Add(time.Millisecond), func() bool { return false }); arrived || err != nil {
		t.Errorf("wait to its deadline: %v %v", arrived, err)
	}
	if arrived, err := w.conn.wait(time.Time{}, func() bool { return true }); arrived || err != nil {
		t.Errorf("wait for what is over: %v %v", arrived, err)
	}
}

// A worker whose call was stopped, in the middle of code or while it waited, serves the next one.
func TestWorkerOutlivesStops(t *testing.T) {
	for name, source := range map[string]string{
		"code": "exports.go = () => { while (true) {} }", "timer": "exports.go = () => new Promise(done => setTimeout(done, 60000))",
		"nothing": "exports.go = () => 1",
	} {
		t.Run(name, func(t *testing.T) {
			w, to, from := pipes(t)
			for hash, source := range map[string]string{"h": source, "good": "exports.go = () => 2"} {
				b := newBundle(wire.SourceBody{Hash: hash, Entry: "a.js", Files: map[string]string{"a.js": source}})
				b.announce = func(wire.Place) error { return nil }
				w.cache.put(b)
			}
			ended := make(chan error, 1)
			go func() {
				for range 60 {
					f, err := w.conn.read()
					if err == nil {
						err = w.handle(f)
					}
					if err != nil {
						ended <- err
						return
					}
				}
				ended <- nil
			}()
			answers := bufio.NewReader(from)
			for i := range 30 {
				send(t, to, "h")
				stopped := make(chan struct{})
				go func() { // stops come when they like, before, while and after
					defer close(stopped)
					time.Sleep(time.Duration(i%5) * 200 * time.Microsecond)
					for begin := time.Now(); w.running.Load() == nil && time.Since(begin) < time.Second; {
						if name == "nothing" {
							break
						}
						time.Sleep(50 * time.Microsecond)
					}
					w.stop()
				}()
				if f, err := wire.Read(answers, wire.MaxBody); err != nil || name != "nothing" && f.Kind != wire.Failed {
					t.Fatalf("the call that was stopped: %q %v", f.Kind, err)
				}
				<-stopped
				send(t, to, "good")
				if f, err := wire.Read(answers, wire.MaxBody); err != nil || f.Kind != wire.Result || string(f.Body) != "2" {
					t.Fatalf("the next call: %q %q %v", f.Kind, f.Body, err)
				}
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func send(t *testing.T, to *os.File, hash string) {
	t.Helper()
	frame, err := wire.Append(nil, wire.Run, wire.RunHead{Hash: hash, Method: "go", Log: 1000}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(frame); err != nil {
		t.Fatal(err)
	}
}
