package value_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"claviger/mapping/value"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	v, err := value.Decode([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestObjectKeepsTheOrderOfItsKeys(t *testing.T) {
	for _, keys := range []int{3, 40} { // scanned, and with an index
		o := value.NewObject(0)
		var want []string
		for i := range keys {
			key := strings.Repeat("k", i+1)
			want = append(want, key)
			o.Set(key, value.Int(i))
		}
		o.Set("kk", "again")
		o.Set("k", value.Undefined)
		o.Delete("none")
		if got := strings.Join(o.Keys(), " "); got != strings.Join(want[1:], " ") {
			t.Errorf("keys are %s", got)
		}
		if o.Text("kk") != "again" || o.Has("k") || o.Get("k") != value.Undefined || o.Len() != keys-1 {
			t.Errorf("%d keys: kk is %v, k is %v, %d left", keys, o.Get("kk"), o.Get("k"), o.Len())
		}
	}
}

func TestACloneIsApartFromItsOriginal(t *testing.T) {
	for _, size := range []int{2, 20} {
		o := value.NewObject(0)
		for i := range size {
			o.Set(strings.Repeat("k", i+1), "old")
		}
		c := o.Clone()
		c.Set("k", "new")
		c.Set("more", true)
		c.Delete("kk")
		if o.Text("k") != "old" || o.Has("more") || !o.Has("kk") || c.Text("k") != "new" || !c.Has("more") || c.Has("kk") {
			t.Errorf("%d keys: %v, its clone %v", size, o.Keys(), c.Keys())
		}
	}
	var none *value.Object
	if c := none.Clone(); c == nil || c.Len() != 0 {
		t.Errorf("a clone of none is %v", c)
	}
}

func TestANilObjectReadsAsEmpty(t *testing.T) {
	var o *value.Object
	for range o.All() {
		t.Error("it has a key")
	}
	if o.Len() != 0 || o.Keys() != nil || o.Has("a") || o.Get("a") != value.Undefined || o.Text("a") != "" {
		t.Error("a nil object is not empty")
	}
}

func TestMergeLaysKeysOver(t *testing.T) {
	o := value.Of("a", "x", "b", nil)
	o.Merge(value.Of("b", true, "c", "y"))
	if got := string(must(value.Encode(o))); got != `{"a":"x","b":true,"c":"y"}` {
		t.Error(got)
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

// TestJSON reads and writes; the second column is what comes out, "" for an error.
func TestJSON(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for in, want := range map[string]string{
		`{"z":1,"a":{"y":2,"b":3}}`:          `{"z":1,"a":{"y":2,"b":3}}`,
		`{"a":1,"b":2,"a":3}`:                `{"a":3,"b":2}`,
		` [1, 2.50, 1e3, 1E-7, -0, -0.0, 0]`: `[1,2.5,1000,1e-7,0,0,0]`,
		`12345678901234567890123`:            `12345678901234567890123`,
		`1e21`:                               `1e+21`,
		`123456789012345680000.0`:            `123456789012345680000`,
		`0.000001`:                           `0.000001`,
		`1e-400`:                             `0`,
		`1e400`:                              ``,
		`[-1e999]`:                           ``,
		`"<a> & \u00e4\u2028\ud83d\ude00"`:   "\"<a> & ä\\u2028😀\"",
		"\"\\u0000\\\"\"":                    `"\u0000\""`,
		`[1] 2`:                              ``,
		`[1,]`:                               ``,
		`{"a"}`:                              ``,
		``:                                   ``,
		`nul`:                                ``,
		deep(value.MaxDepth):                 deep(value.MaxDepth),
		deep(value.MaxDepth + 1):             ``,
	} {
		v, err := value.Decode([]byte(in))
		if err != nil {
			if want != "" {
				t.Errorf("%.60s: %v", in, err)
			}
			continue
		}
		if got := string(must(value.Encode(v))); got != want {
			t.Errorf("%.60s gives %.60s, not %.60s", in, got, want)
		}
	}
}

func TestEncodeLeavesOutWhatIsUndefined(t *testing.T) {
	v := []any{value.Undefined, value.Of("a", []any{value.Undefined, nil}), json.RawMessage(`{"go":1}`)}
	if got := string(must(value.Encode(v))); got != `[{"a":[null]},{"go":1}]` {
		t.Error(got)
	}
	if got := string(must(value.Encode(value.Undefined))); got != `null` {
		t.Error(got)
	}
	if got := string(must(json.Marshal(map[string]any{"o": value.Of("b", "<", "a", value.Undefined)}))); got != `{"o":{"b":"\u003c"}}` {
		t.Error(got)
	}
}

func TestEncodeRefusesWhatIsTooDeep(t *testing.T) {
	var v any = "x"
	for range value.MaxDepth {
		v = []any{v}
	}
	if _, err := value.Encode(v); err != nil {
		t.Error(err)
	}
	if _, err := value.Encode([]any{v}); err != value.ErrTooDeep {
		t.Error(err)
	}
}

func TestDecodeObject(t *testing.T) {
	if _, err := value.DecodeObject([]byte(`[]`)); err == nil || err.Error() != "expected a JSON object, found list" {
		t.Error(err)
	}
	var holder struct{ O *value.Object }
	if err := json.Unmarshal([]byte(`{"o": {"b": 1, "a": 2}}`), &holder); err != nil || strings.Join(holder.O.Keys(), "") != "ba" {
		t.Error(err, holder.O.Keys())
	}
	if err := json.Unmarshal([]byte(`{"o": 5}`), &holder); err == nil {
		t.Error("a number was read as an object")
	}
}

func TestTruthy(t *testing.T) {
	for text, want := range map[string]bool{`null`: false, `false`: false, `0`: false, `-0.0`: false, `""`: false,
		`true`: true, `0.1`: true, `"0"`: true, `[]`: true, `{}`: true} {
		if value.Truthy(decode(t, text)) != want {
			t.Error(text)
		}
	}
	if value.Truthy(value.Undefined) {
		t.Error("undefined")
	}
}

func TestString(t *testing.T) {
	for text, want := range map[string]string{`null`: "null", `true`: "true", `1.50`: "1.5", `"x"`: "x",
		`[1,[2,null,"a"],{}]`: "1,2,,a,[object Object]", `{"a":1}`: "[object Object]"} {
		if got := value.String(decode(t, text)); got != want {
			t.Errorf("%s gives %q, not %q", text, got, want)
		}
	}
}

func TestToNumber(t *testing.T) {
	nan := math.NaN()
	for text, want := range map[string]float64{`null`: 0, `true`: 1, `false`: 0, `""`: 0, `" 12 "`: 12, `"1e3"`: 1000, `"0x1F"`: 31,
		`"0b11"`: 3, `"0o17"`: 15, `"-0x1"`: nan, `"12px"`: nan, `"1_000"`: nan, `"Infinity"`: math.Inf(1), `"-Infinity"`: math.Inf(-1),
		`"inf"`: nan, `"nan"`: nan, `"."`: nan, `[]`: 0, `[7]`: 7, `[1,2]`: nan, `{}`: nan, `"0x1p4"`: nan, `"1e999"`: math.Inf(1)} {
		if got := value.ToNumber(decode(t, text)); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%s gives %v, not %v", text, got, want)
		}
	}
}

func TestParseFloat(t *testing.T) {
	nan := math.NaN()
	for text, want := range map[string]float64{"12px": 12, " 7": 7, ".5": .5, "5.": 5, "-3.25e2x": -325, "1e": 1, "1e+": 1, "0x10": 0, "": nan,
		"abc": nan, ".": nan, "-": nan, "+.e1": nan, "Infinityx": math.Inf(1), "-Infinity": math.Inf(-1), "1.2.3": 1.2, "1e999": math.Inf(1)} {
		if got := value.ParseFloat(text); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%q gives %v, not %v", text, got, want)
		}
	}
}

// TestEquality has for each pair what ==, === and equality of structure say.
func TestEquality(t *testing.T) {
	for _, c := range []struct {
		a, b                string
		loose, strict, deep bool
	}{
		{`5`, `"5"`, true, false, false},
		{`5`, `5.0`, true, true, true},
		{`null`, `0`, false, false, false},
		{`null`, `null`, true, true, true},
		{`null`, `false`, false, false, false},
		{`""`, `0`, true, false, false},
		{`true`, `1`, true, false, false},
		{`true`, `"true"`, false, false, false},
		{`"a"`, `"A"`, false, false, false},
		{`[1]`, `1`, true, false, false},
		{`["a"]`, `"a"`, true, false, false},
		{`[]`, `false`, true, false, false},
		{`[1]`, `[1]`, false, false, true},
		{`[1]`, `[1,2]`, false, false, false},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, false, false, true},
		{`{"a":1}`, `{"b":1}`, false, false, false},
		{`{"a":1}`, `[1]`, false, false, false},
		{`"abc"`, `5`, false, false, false},
	} {
		a, b := decode(t, c.a), decode(t, c.b)
		for range 2 {
			if value.LooseEqual(a, b) != c.loose || value.StrictEqual(a, b) != c.strict || value.Equal(a, b) != c.deep {
				t.Errorf("%s and %s: loose %v, strict %v, deep %v", c.a, c.b, value.LooseEqual(a, b), value.StrictEqual(a, b), value.Equal(a, b))
			}
			a, b = b, a
		}
	}
	o, l := value.Of("a", nil), []any{"x"}
	if !value.LooseEqual(value.Undefined, nil) || value.StrictEqual(value.Undefined, nil) || !value.StrictEqual(o, o) || !value.LooseEqual(l, l) {
		t.Error("undefined or identity")
	}
}

func TestKind(t *testing.T) {
	for text, want := range map[string]string{`null`: "null", `true`: "boolean", `1`: "number", `""`: "string", `[]`: "list", `{}`: "object"} {
		if got := value.Kind(decode(t, text)); got != want {
			t.Errorf("%s is %s", text, got)
		}
	}
	if value.Kind(value.Undefined) != "undefined" || value.Kind(5) != "value" {
		t.Error(value.Kind(value.Undefined), value.Kind(5))
	}
}

// FuzzDecodeEncode: what encoding/json takes for JSON is read, what is written is read again as the same value.
func FuzzDecodeEncode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"x",null,true],"a":{}}`, `[[[]]]`, `-0`, `1e400`, `"\ud800"`, `{"":""}`, `[1,]`, `{"a" 1}`, "\xff", `12345678901234567890`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := value.Decode(src)
		if err != nil {
			if json.Valid(src) && err != value.ErrTooDeep && err != value.ErrRange {
				t.Fatalf("valid JSON was refused: %v", err)
			}
			return
		}
		if !json.Valid(src) {
			t.Fatalf("invalid JSON was read as %s", value.Kind(v))
		}
		text, err := value.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		again, err := value.Decode(text)
		if err != nil || !value.Equal(v, again) {
			t.Fatalf("%s is read as another value: %v", text, err)
		}
		if second := must(value.Encode(again)); string(second) != string(text) {
			t.Fatalf("%s is written again as %s", text, second)
		}
		value.LooseEqual(v, value.String(v))
		value.ParseFloat(value.String(v))
	})
}
