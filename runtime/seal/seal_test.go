package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSealedOpensAsItselfOnly(t *testing.T) {
	ring := Generate()
	sealed, err := ring.Seal("connection/c1", "token", []byte("a token"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ring.Open("connection/c1", "token", sealed)
	if err != nil || string(plain) != "a token" {
		t.Fatalf("opened %q, %v", plain, err)
	}
	others := [][2]string{
		{"connection/c2", "token"}, {"connection/c1", "answer"}, {"connection/c1", ""}, {"", "token"},
		{"connection/c1t", "oken"}, {"connection/c", "1token"}, {"token", "connection/c1"},
	}
	for _, o := range others {
		if _, err := ring.Open(o[0], o[1], sealed); !errors.Is(err, ErrNotAuthentic) {
			t.Errorf("as %q of %q: %v", o[1], o[0], err)
		}
	}
}

func TestEveryByteOfASealedRecordCounts(t *testing.T) {
	ring := Generate()
	sealed, _ := ring.Seal("id", "field", []byte("plain"))
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 0x40
		if _, err := ring.Open("id", "field", changed); !errors.Is(err, ErrNotAuthentic) && !errors.Is(err, ErrUnknownKey) {
			t.Errorf("byte %d changed: %v", i, err)
		}
		if _, err := ring.Open("id", "field", sealed[:i]); !errors.Is(err, ErrNotAuthentic) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
}

func TestTwoSealsOfOneTextDiffer(t *testing.T) {
	ring := Generate()
	seen := map[string]bool{}
	for range 1000 {
		sealed, _ := ring.Seal("id", "field", []byte("plain"))
		if nonce := string(sealed[nonceAt:cipherAt]); seen[nonce] {
			t.Fatal("a nonce came twice")
		} else {
			seen[nonce] = true
		}
	}
}

func TestAnotherKeyIsNamed(t *testing.T) {
	other := Generate()
	sealed, _ := other.Seal("id", "field", []byte("plain"))
	_, err := Generate().Open("id", "field", sealed)
	if !errors.Is(err, ErrUnknownKey) || !strings.Contains(err.Error(), other.Active()) {
		t.Fatal(err)
	}
}

func TestEmptyTextIsSealedToo(t *testing.T) {
	ring := Generate()
	sealed, _ := ring.Seal("id", "field", nil)
	if plain, err := ring.Open("id", "field", sealed); err != nil || len(plain) != 0 || len(sealed) != 49 {
		t.Fatalf("%q, %d bytes sealed, %v", plain, len(sealed), err)
	}
}

func TestRingPrintsAsSecret(t *testing.T) {
	ring := Generate()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, v := range []any{ring, New(), *New().set, material("key"), []any{ring}, struct{ R *Ring }{ring}} {
			if text := fmt.Sprintf(verb, v); !strings.Contains(text, "[secret]") || len(text) > 60 {
				t.Errorf("%s of %T: %s", verb, v, text)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "ring", ring, "key", material("key"))
	text, err := json.Marshal(ring)
	if err != nil || string(text) != `"[secret]"` || strings.Count(log.String(), "[secret]") != 2 {
		t.Errorf("%s %v %s", text, err, log.String())
	}
}

func FuzzOpen(f *testing.F) {
	ring := Generate()
	sealed, _ := ring.Seal("id", "field", []byte("plain"))
	f.Add(sealed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ring.Open("id", "field", b); err == nil && !bytes.Equal(b, sealed) {
			t.Fatal("a forged record opened")
		}
	})
}

func BenchmarkSeal2KiB(b *testing.B) {
	ring, plain := Generate(), make([]byte, 2048)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Seal("connection/0123456789abcdef", "token", plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen2KiB(b *testing.B) {
	ring := Generate()
	sealed, _ := ring.Seal("connection/0123456789abcdef", "token", make([]byte, 2048))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.Open("connection/0123456789abcdef", "token", sealed); err != nil {
			b.Fatal(err)
		}
	}
}
