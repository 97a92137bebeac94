package seal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func unused() (bool, error) { return false, nil }

func TestKeysetIsMadeOnceAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	first, err := Open(path, unused)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	sealed, _ := first.Seal("id", "field", []byte("plain"))
	second, err := Open(path, func() (bool, error) { return true, errors.New("asked without need") })
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := second.Open("id", "field", sealed); err != nil || string(plain) != "plain" {
		t.Fatalf("%q, %v", plain, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Fatalf("left behind: %v", left)
	}
}

func TestMissingKeysetIsNotReplacedWhileNeeded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	_, err := Open(path, func() (bool, error) { return true, nil })
	if err == nil || !strings.Contains(err.Error(), "is missing, but the database holds records") {
		t.Fatal(err)
	}
	_, err = Open(path, func() (bool, error) { return false, errors.New("database is locked") })
	if err == nil || !strings.Contains(err.Error(), "database is locked") {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a keyset was made")
	}
}

func TestCreateLeavesAnExistingFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	os.WriteFile(path, []byte("mine"), 0o600)
	if _, err := Create(path); !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "mine" {
		t.Fatalf("%s", text)
	}
}

func TestManyFirstStartsAgreeOnOneKeyset(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	var group sync.WaitGroup
	names := make([]string, 16)
	for i := range names {
		group.Go(func() {
			ring, err := Open(path, unused)
			if err != nil {
				t.Error(err)
				return
			}
			names[i] = ring.Active()
		})
	}
	group.Wait()
	for _, name := range names {
		if name != names[0] {
			t.Fatal(names)
		}
	}
}

func TestReachableKeysetIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keyset.json")
	if _, err := Create(path); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o620: false, 0o666: false} {
		os.Chmod(path, mode)
		_, err := Load(path)
		if ok != (err == nil) || err != nil && !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if _, err := Load(filepath.Dir(path)); err == nil {
		t.Error("a folder was read as a keyset")
	}
}

func TestDamagedKeysetsAreRefused(t *testing.T) {
	good, _ := New().Text()
	id := idOf(&[keySize]byte{}).String()
	zero := `{"id":"` + id + `","state":"active","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}`
	cases := map[string]string{
		"":                                 "EOF",
		string(good[:len(good)-4]):         "EOF",
		string(good) + "{}":                "text after",
		`{"version":2,"keys":[]}`:          "expected version 1, found 2",
		`{"version":1,"keys":[]}`:          "expected one active key, found 0",
		`{"version":1,"keys":[],"more":1}`: "unknown field",
		`{"version":1,"keys":[` + zero + `,` + zero + `]}`:                                        "comes twice",
		`{"version":1,"keys":[` + strings.Replace(zero, "active", "retired", 1) + `]}`:            `found "retired"`,
		`{"version":1,"keys":[` + strings.Replace(zero, "active", "decrypt-only", 1) + `]}`:       "found 0",
		`{"version":1,"keys":[` + strings.Replace(zero, "AAAA", "AAAB", 1) + `]}`:                 "does not match its id",
		`{"version":1,"keys":[` + strings.Replace(zero, "AAAA", "", 1) + `]}`:                     "expected 32 bytes, found 29",
		`{"version":1,"keys":[` + strings.Replace(zero, "AAAA", "A!AA", 1) + `]}`:                 "not in base64",
		`{"version":1,"keys":[` + strings.Replace(zero, `"active"`, `["do-not-quote"]`, 1) + `]}`: "cannot unmarshal array",
	}
	path := filepath.Join(t.TempDir(), "keyset.json")
	for text, want := range cases {
		os.WriteFile(path, []byte(text), 0o600)
		_, err := Load(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}

func TestDecryptOnlyKeyOpensAndDoesNotSeal(t *testing.T) {
	first := New()
	before, after := newRing(first.set, nil), newRing(first.WithNew().Activated().set, nil)
	sealed, _ := before.Seal("id", "field", []byte("plain"))
	if plain, err := after.Open("id", "field", sealed); err != nil || string(plain) != "plain" {
		t.Fatalf("%q, %v", plain, err)
	}
	resealed, _ := after.Seal("id", "field", []byte("plain"))
	if _, err := before.Open("id", "field", resealed); !errors.Is(err, ErrUnknownKey) {
		t.Fatal(err)
	}
}

func FuzzParse(f *testing.F) {
	good, _ := New().Text()
	f.Add(good)
	f.Add([]byte(`{"version":1,"keys":[{"id":"00","state":"active","key":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		found, err := parse(text)
		if err != nil {
			return
		}
		written, err := found.Text()
		if again, _ := parse(written); err != nil || !slices.Equal(again.Keys(), found.Keys()) || again.Active() != found.Active() {
			t.Fatal("written, it is another keyset")
		}
		ring := newRing(found.set, nil)
		if sealed, err := ring.Seal("id", "field", text); err != nil {
			t.Fatal(err)
		} else if _, err := ring.Open("id", "field", sealed); err != nil {
			t.Fatal(err)
		}
	})
}
