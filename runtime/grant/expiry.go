package grant

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"claviger/mapping/value"
)

// millisecondsFrom is where a number of seconds becomes one of milliseconds: in seconds it would be the year 5138.
const millisecondsFrom = 1e11

// Expiry is when a token response says that its token expires: `expires_at` (a number or numeric text, in seconds or,
// from 10¹¹ on, milliseconds; or RFC 3339), else `expires_in` (a number or numeric text, seconds after receivedAt), else
// defaultExpiresIn after it. What is zero, negative, absurd in kind or unreadable says nothing. Zero: it is not known. No
// expiry lies more than a hundred years after receivedAt.
func Expiry(response *value.Object, receivedAt time.Time, defaultExpiresIn time.Duration) time.Time {
	latest := receivedAt.Add(longest)
	if at, ok := expiresAt(response.Get("expires_at")); ok {
		if at.After(latest) {
			return latest
		}
		return at
	}
	if in, ok := positive(response.Get("expires_in")); ok {
		return receivedAt.Add(secondsDuration(in))
	}
	if defaultExpiresIn > 0 {
		return receivedAt.Add(min(defaultExpiresIn, longest))
	}
	return time.Time{}
}

func expiresAt(v any) (time.Time, bool) {
	if n, ok := positive(v); ok {
		if n >= millisecondsFrom {
			n /= 1000
		}
		// Beyond the year 9999 a time can be neither written nor compared with care; Expiry cuts it anyway.
		whole, fraction := math.Modf(min(n, 253402300799))
		return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), true
	}
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(text))
	return at, err == nil
}

// positive reads a number or numeric text above zero.
func positive(v any) (float64, bool) {
	var text string
	switch t := v.(type) {
	case json.Number:
		text = string(t)
	case string:
		text = strings.TrimSpace(t)
	}
	if text == "" || strings.Trim(text, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 1) {
		return 0, false
	}
	return f, f > 0
}
