package value

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Kind names the kind of a value for messages: undefined, null, boolean, number, string, list, object.
func Kind(v any) string {
	switch v.(type) {
	case undefined:
		return "undefined"
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "list"
	case *Object:
		return "object"
	}
	return "value"
}

// Truthy is JavaScript's: all but undefined, null, false, 0 and "".
func Truthy(v any) bool {
	switch t := v.(type) {
	case undefined, nil:
		return false
	case bool:
		return t
	case string:
		return t != ""
	case json.Number:
		f, _ := t.Float64()
		return f != 0
	}
	return true
}

// String is what JavaScript's String(v) gives.
func String(v any) string {
	switch t := v.(type) {
	case undefined:
		return "undefined"
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(t)
	case json.Number:
		return string(t)
	case string:
		return t
	case []any:
		parts := make([]string, len(t))
		for i, item := range t {
			if item != nil && item != Undefined {
				parts[i] = String(item)
			}
		}
		return strings.Join(parts, ",")
	}
	return "[object Object]"
}

// ToNumber is what JavaScript's Number(v) gives; NaN where it has none.
func ToNumber(v any) float64 {
	switch t := v.(type) {
	case nil:
		return 0
	case bool:
		if t {
			return 1
		}
		return 0
	case json.Number:
		f, _ := t.Float64() // out of range gives the infinity that JavaScript gives
		return f
	case string:
		return textNumber(strings.TrimSpace(t))
	case []any:
		return ToNumber(String(t))
	}
	return math.NaN()
}

func textNumber(s string) float64 {
	if s == "" {
		return 0
	}
	switch s {
	case "Infinity", "+Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	if len(s) > 2 && s[0] == '0' && strings.ContainsRune("xXoObB", rune(s[1])) {
		if n, err := strconv.ParseUint(s, 0, 64); err == nil && !strings.Contains(s, "_") {
			return float64(n)
		}
		return math.NaN()
	}
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// Equal is equality of structure; objects are equal whatever the order of their keys, numbers by value.
func Equal(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !Equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case *Object:
		y, ok := b.(*Object)
		if !ok || x.Len() != y.Len() {
			return false
		}
		for k, v := range x.All() {
			if !y.Has(k) || !Equal(v, y.Get(k)) {
				return false
			}
		}
		return true
	}
	return StrictEqual(a, b)
}

// StrictEqual is JavaScript's === : scalars by value, lists and objects by identity.
func StrictEqual(a, b any) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		return ok && (x == y || ToNumber(x) == ToNumber(y))
	case []any:
		y, ok := b.([]any)
		return ok && len(x) > 0 && len(x) == len(y) && &x[0] == &y[0]
	case undefined, nil, bool, string, *Object:
		return a == b
	}
	return false
}

// LooseEqual is JavaScript's == : 5 is "5", null is undefined, two distinct objects never are.
func LooseEqual(a, b any) bool {
	if isNullish(a) || isNullish(b) {
		return isNullish(a) && isNullish(b)
	}
	compoundA, compoundB := isCompound(a), isCompound(b)
	switch {
	case compoundA && compoundB:
		return StrictEqual(a, b)
	case compoundA:
		return LooseEqual(String(a), b)
	case compoundB:
		return LooseEqual(a, String(b))
	}
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return x == y
		}
	}
	return StrictEqual(a, b) || ToNumber(a) == ToNumber(b)
}

func isNullish(v any) bool { return v == nil || v == Undefined }

func isCompound(v any) bool {
	switch v.(type) {
	case []any, *Object:
		return true
	}
	return false
}

// ParseFloat is what JavaScript's parseFloat(s) gives: the number that s begins with, NaN where there is none.
func ParseFloat(s string) float64 {
	s = strings.TrimSpace(s)
	for _, prefix := range []string{"Infinity", "+Infinity", "-Infinity"} {
		if strings.HasPrefix(s, prefix) {
			return textNumber(prefix)
		}
	}
	f, err := strconv.ParseFloat(s[:numberPrefix(s)], 64)
	if err != nil && !math.IsInf(f, 0) {
		return math.NaN()
	}
	return f
}

// numberPrefix is the length of the decimal number at the beginning of s; 0 where there is none.
func numberPrefix(s string) int {
	digits := func(i int) int {
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i
	}
	sign := func(i int) int {
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		return i
	}
	start := sign(0)
	end := digits(start)
	count := end - start
	if end < len(s) && s[end] == '.' {
		fraction := digits(end + 1)
		count += fraction - end - 1
		end = fraction
	}
	if count == 0 {
		return 0
	}
	if end < len(s) && (s[end] == 'e' || s[end] == 'E') {
		if from := sign(end + 1); digits(from) > from {
			end = digits(from)
		}
	}
	return end
}
