package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep lists and objects may be nested in anything that is decoded or encoded.
const MaxDepth = 1000

// ErrTooDeep says that lists and objects are nested more than MaxDepth deep.
var ErrTooDeep = fmt.Errorf("nested more than %d deep", MaxDepth)

// ErrRange says that a number with a fraction or an exponent is too large: it would be infinite.
var ErrRange = errors.New("number out of range")

// Decode reads one JSON value and nothing after it. Key order is kept, of a repeated key the last counts; numbers are
// brought to the form that Number gives; bytes that are not UTF-8 become U+FFFD. Errors are the library's own, ErrTooDeep or
// ErrRange.
func Decode(src []byte) (any, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(src), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	v, err := decode(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("invalid JSON: text after the value")
	}
	return v, nil
}

// DecodeObject is Decode for a text that must hold an object.
func DecodeObject(src []byte) (*Object, error) {
	v, err := Decode(src)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("expected a JSON object, found %s", Kind(v))
	}
	return o, nil
}

func decode(d *jsontext.Decoder, depth int) (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		return decodeNumber(token.String())
	}
	if depth >= MaxDepth {
		return nil, ErrTooDeep
	}
	if token.Kind() == '[' {
		return decodeList(d, depth)
	}
	return decodeObject(d, depth)
}

func decodeNumber(text string) (any, error) {
	if isInteger(text) {
		return json.Number(text), nil
	}
	if f, _ := strconv.ParseFloat(text, 64); math.IsInf(f, 0) {
		return nil, ErrRange
	}
	return Number(text), nil
}

func decodeList(d *jsontext.Decoder, depth int) (any, error) {
	list := []any{}
	for d.PeekKind() != ']' {
		v, err := decode(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.ReadToken()
	return list, err
}

func decodeObject(d *jsontext.Decoder, depth int) (any, error) {
	o := NewObject(4)
	for d.PeekKind() != '}' {
		key, err := d.ReadToken()
		if err != nil {
			return nil, err
		}
		name := key.String()
		v, err := decode(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.Set(name, v)
	}
	_, err := d.ReadToken()
	return o, err
}

// Number brings the text of a number to its one form: an integer keeps its digits, anything else prints as JavaScript
// prints it. A text that is no number, or an infinite one, becomes 0; callers have checked.
func Number(text string) json.Number {
	if isInteger(text) {
		return json.Number(text)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return "0"
	}
	return Float(f)
}

// isInteger tells whether text is an integer as JSON writes one, minus zero left out.
func isInteger(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(digits) > 1 && digits[0] == '0' || text == "-0" {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// Float is a number from a float64, printed as JavaScript does. NaN and infinities become 0: check before.
func Float(f float64) json.Number {
	if math.IsNaN(f) || math.IsInf(f, 0) || f == 0 {
		return "0"
	}
	if abs := math.Abs(f); abs >= 1e21 || abs < 1e-6 {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		sign := exponent[:1]
		return json.Number(mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0"))
	}
	return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
}

// Int is a number from an integer.
func Int[T ~int | ~int64 | ~int32](i T) json.Number {
	return json.Number(strconv.FormatInt(int64(i), 10))
}

// Encode writes a value as JSON without HTML escapes, object keys in their order. Undefined members vanish; Undefined
// itself is null. Other Go values are written as encoding/json writes them.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := encode(&b, v, 0); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func encode(b *bytes.Buffer, v any, depth int) error {
	if depth >= MaxDepth && isCompound(v) {
		return ErrTooDeep
	}
	switch t := v.(type) {
	case nil, undefined:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(t))
	case json.Number:
		b.WriteString(string(t))
	case string:
		return encodeString(b, t)
	case []any:
		return encodeList(b, t, depth)
	case *Object:
		return encodeObject(b, t, depth)
	default:
		text, err := json.Marshal(v)
		b.Write(text)
		return err
	}
	return nil
}

func encodeList(b *bytes.Buffer, list []any, depth int) error {
	b.WriteByte('[')
	first := true
	for _, item := range list {
		if item == Undefined {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := encode(b, item, depth+1); err != nil {
			return err
		}
	}
	b.WriteByte(']')
	return nil
}

func encodeObject(b *bytes.Buffer, o *Object, depth int) error {
	b.WriteByte('{')
	first := true
	for k, v := range o.All() {
		if v == Undefined {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		if err := encodeString(b, k); err != nil {
			return err
		}
		b.WriteByte(':')
		if err := encode(b, v, depth+1); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func encodeString(b *bytes.Buffer, s string) error {
	plain := !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < 0x20 || c == '"' || c == '\\' || c >= 0x7f })
	if plain {
		b.WriteByte('"')
		b.WriteString(s)
		b.WriteByte('"')
		return nil
	}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends its text with a line feed
	return nil
}
