package placeholder

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"claviger/mapping/value"
)

// filter is one of the filters; exactly one field is set.
type filter struct {
	urlencode, base64 bool
	path              []string // of json
}

func (s *scanner) filter() (f filter, ok bool) {
	g := s.match(filterForm)
	switch {
	case g == nil:
		return f, false
	case g[1] != "":
		return filter{urlencode: g[1] == "urlencode", base64: g[1] == "base64"}, true
	}
	f.path, ok = pathOf(g[2] + g[3])
	return f, ok
}

var pathForm = regexp.MustCompile(`^(?:\[[^\[\]]+\])+$`)

// pathOf reads [a][b], or the older form of a name alone.
func pathOf(text string) ([]string, bool) {
	if !strings.HasPrefix(text, "[") {
		return []string{text}, text != ""
	}
	if !pathForm.MatchString(text) {
		return nil, false
	}
	return strings.Split(strings.Trim(text, "[]"), "]["), true
}

// apply is the value after the filter.
func (f filter) apply(v any) (any, error) {
	if f.path != nil {
		return pick(v, f.path)
	}
	text, err := scalar(v)
	switch {
	case err != nil:
		return nil, err
	case f.base64:
		return base64.StdEncoding.EncodeToString([]byte(text)), nil
	}
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20"), nil
}

// pick takes a member of a JSON value, or of one that a text holds.
func pick(v any, path []string) (any, error) {
	if text, ok := v.(string); ok {
		var err error
		if v, err = value.Decode([]byte(text)); err != nil {
			return nil, fmt.Errorf("its value is no JSON, which .json needs")
		}
	}
	for _, key := range path {
		var next any = value.Undefined
		switch t := v.(type) {
		case *value.Object:
			next = t.Get(key)
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(t) {
				next = t[i]
			}
		}
		if next == nil || next == value.Undefined {
			return nil, fmt.Errorf("its value has no member [%s]", shorten(key))
		}
		v = next
	}
	return v, nil
}

// scalar is a text, number or boolean as text, and anything else as JSON.
func scalar(v any) (string, error) {
	switch value.Kind(v) {
	case "string", "number", "boolean":
		return value.String(v), nil
	}
	text, err := value.Encode(v)
	return string(text), err
}
