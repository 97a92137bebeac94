package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

func TestFrames(t *testing.T) {
	var stream []byte
	heads := []any{RunHead{Hash: "h", Method: "m"}, nil, LogHead{Level: "log"}}
	bodies := [][]byte{[]byte("{}"), nil, bytes.Repeat([]byte("x"), 300000)}
	for i := range heads {
		var err error
		if stream, err = Append(stream, Log, heads[i], bodies[i]); err != nil {
			t.Fatal(err)
		}
	}
	r := iotest.OneByteReader(bytes.NewReader(stream))
	for i := range heads {
		f, err := Read(r, MaxBody)
		if err != nil || f.Kind != Log || !bytes.Equal(f.Body, bodies[i]) || (len(f.Head) == 0) != (heads[i] == nil) {
			t.Fatalf("frame %d: %q %d bytes %v", i, f.Head, len(f.Body), err)
		}
	}
	if _, err := Read(r, MaxBody); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	for cut := 1; cut < 30; cut++ {
		if _, err := Read(bytes.NewReader(stream[:cut]), MaxBody); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut after %d: %v", cut, err)
		}
	}
	if _, err := Read(bytes.NewReader(stream), 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// FuzzRead holds that no stream makes the reader panic, take more memory than it was sent, or accept more than it may.
func FuzzRead(f *testing.F) {
	good, err := Append(nil, Fetch, FetchHead{ID: 1, Method: "GET", URL: "https://a.example", Header: [][2]string{{"a", "b"}}}, []byte("body"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:7])
	f.Add([]byte{'V', 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff})
	f.Add([]byte{'E', 0, 0, 0, 2, 0, 0, 0, 0, '{', '}'})
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		for {
			frame, err := Read(r, 1<<20)
			if err != nil {
				return
			}
			if len(frame.Body) > 1<<20 || len(frame.Head)+len(frame.Body) > len(stream) {
				t.Fatalf("%d bytes of %d", len(frame.Head)+len(frame.Body), len(stream))
			}
			for _, head := range []any{&Failure{}, &FetchHead{}, &LogHead{}, &Place{}, &AbortHead{}, &ClientHead{}, &ValueHead{}, &[]Finding{}} {
				_ = frame.Decode(head) // an error or not, but never a panic
			}
		}
	})
}
