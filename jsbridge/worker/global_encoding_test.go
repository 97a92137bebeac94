package worker

import (
	"bytes"
	"testing"

	"github.com/dop251/goja"
)

// FuzzStream splits what is decoded: the parts give the same text as the whole.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{"a\u00fc\u20ac\U0001F600", "\xe2\x82", "\xf0\x9f\x98", "\xd8\x3d\xde\x00", "\x3d\xd8\x00\xde", "\x3d\xd8a\x00", "\xff\xfe\x00", "\xed\xa0\x80"} {
		for split := range len(seed) {
			f.Add([]byte(seed), split)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, split int) {
		if split < 0 || split > len(b) {
			return
		}
		for _, big := range []bool{false, true} {
			whole, _, _ := decodeUTF16(bytes.Clone(b), big, false)
			first, rest, _ := decodeUTF16(bytes.Clone(b[:split]), big, true)
			second, _, _ := decodeUTF16(append(bytes.Clone(rest), b[split:]...), big, false)
			if first+second != whole {
				t.Errorf("UTF-16, big %v: %q and %q, not %q", big, first, second, whole)
			}
		}
		begin, rest := cutIncomplete(b[:split])
		if got, want := validUTF8(begin)+validUTF8(append(bytes.Clone(rest), b[split:]...)), validUTF8(b); got != want {
			t.Errorf("UTF-8: %q, not %q", got, want)
		}
	})
}

// FuzzBufferText writes any bytes as text in every encoding that can hold them, and reads that again.
func FuzzBufferText(f *testing.F) {
	f.Add([]byte{0, 255, 128})
	f.Add([]byte("text"))
	vm := goja.New()
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, encoding := range []string{"hex", "base64", "base64url", "latin1"} {
			text := textOfBytes(bytes.Clone(b), encoding)
			if again := bytesOfText(vm.ToValue(text), encoding); !bytes.Equal(again, b) {
				t.Errorf("%s: %x became %x", encoding, b, again)
			}
		}
		units := littleEndian(b)
		if again := bytesOfText(goja.StringFromUTF16(units), "utf16le"); !bytes.Equal(again, b[:2*len(units)]) {
			t.Errorf("utf16le: %x became %x", b, again)
		}
	})
}
