package grant_test

import (
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime/grant"
)

var received = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func TestExpiry(t *testing.T) {
	in := func(seconds float64) time.Time { return received.Add(time.Duration(seconds * float64(time.Second))) }
	century := in(100 * 365 * 24 * 3600)
	for _, row := range []struct {
		response string
		fallback time.Duration
		want     time.Time
	}{
		{`{}`, 0, time.Time{}},
		{`{}`, time.Minute, in(60)},
		{`{}`, -time.Minute, time.Time{}},
		{`{"expires_in": 3600}`, time.Minute, in(3600)},
		{`{"expires_in": "3600"}`, 0, in(3600)},
		{`{"expires_in": " 3600.5 "}`, 0, in(3600.5)},
		{`{"expires_in": "1e3"}`, 0, in(1000)},
		{`{"expires_in": 0}`, 0, time.Time{}},
		{`{"expires_in": 0}`, time.Minute, in(60)},
		{`{"expires_in": -5}`, time.Minute, in(60)},
		{`{"expires_in": "NaN"}`, 0, time.Time{}},
		{`{"expires_in": "Infinity"}`, 0, time.Time{}},
		{`{"expires_in": "0x10"}`, 0, time.Time{}},
		{`{"expires_in": true}`, time.Minute, in(60)},
		{`{"expires_in": [3600]}`, time.Minute, in(60)},
		{`{"expires_in": 1e308}`, 0, century},
		{`{"expires_in": "1e999"}`, 0, century},
		{`{"expires_in": 9223372036854775807}`, 0, century},
		{`{"expires_in": 1e-9}`, 0, in(1e-9)},
		{`{}`, 1 << 62, century},
		{`{"expires_at": 1893456100, "expires_in": 5}`, 0, in(100)},
		{`{"expires_at": 1893456100500}`, 0, in(100.5)},
		{`{"expires_at": "1893456100"}`, 0, in(100)},
		{`{"expires_at": "1893456100500"}`, 0, in(100.5)},
		{`{"expires_at": 99999999999}`, 0, century},
		{`{"expires_at": 100000000000}`, 0, time.UnixMilli(100000000000)},
		{`{"expires_at": 1893455900}`, 0, in(-100)},
		{`{"expires_at": "2030-01-01T00:01:40Z"}`, 0, in(100)},
		{`{"expires_at": "2030-01-01T02:01:40.25+02:00"}`, 0, in(100.25)},
		{`{"expires_at": "9999-12-31T23:59:59Z"}`, 0, century},
		{`{"expires_at": "tomorrow", "expires_in": 5}`, 0, in(5)},
		{`{"expires_at": null, "expires_in": 5}`, 0, in(5)},
		{`{"expires_at": 0}`, time.Minute, in(60)},
		{`{"expires_at": 1e300}`, 0, century},
		{`{"expires_at": "1e999"}`, 0, century},
	} {
		if got := grant.Expiry(object(t, row.response), received, row.fallback); !got.Equal(row.want) {
			t.Errorf("%s, default %s: %s, expected %s", row.response, row.fallback, got, row.want)
		}
	}
	if got := grant.Expiry(nil, received, 0); !got.IsZero() {
		t.Errorf("no response: %s", got)
	}
}

func FuzzExpiry(f *testing.F) {
	for _, s := range []string{"3600", "1e400", "-1", "99999999999", "2030-01-01T00:00:00Z", "0x1p9", "NaN", "1_000", "+5", ".", "e"} {
		f.Add(s, s, int64(60))
	}
	f.Fuzz(func(t *testing.T, at, in string, fallback int64) {
		for _, response := range []*value.Object{
			value.Of("expires_at", at, "expires_in", in), value.Of("expires_at", value.Number(at), "expires_in", value.Number(in)),
		} {
			got := grant.Expiry(response, received, time.Duration(fallback))
			if got.After(received.Add(100 * 365 * 24 * time.Hour)) {
				t.Errorf("%v: %s is out of reach", response.Keys(), got)
			}
			if _, err := got.MarshalText(); err != nil {
				t.Errorf("%s cannot be written: %v", got, err)
			}
		}
	})
}
