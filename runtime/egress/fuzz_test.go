package egress_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"claviger/runtime/egress"
)

// FuzzHost puts tenant input in every place of a URL: whatever Check lets through, Go's own client dials inside the list.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{
		"acme", "evil.com/", "a@b", "x#", "..", "a\r\nHost: evil.com", "ｅｖｉｌ。com／", "evil.com\\", "evil.com?", "evil.com:443",
		"@evil.com", ":80@evil.com", "%2e%2e", "evil.com%2f", "evil.com%23", "[::1]", "[::1%25.freshdesk.com]", "127.0.0.1", "0x7f.1",
		".evil.com", "https://evil.com", "\u3002evil\u3002com", "a\u200db", "xn--a", "ﬁ", "\x00", "💩", "evil.com\t", "*",
	} {
		f.Add(seed)
	}
	h := hosts(f, "*.freshdesk.com", "api.example.com")
	f.Fuzz(func(t *testing.T, input string) {
		for _, raw := range []string{
			input, "https://" + input, "https://" + input + ".freshdesk.com/x", "https://acme.freshdesk.com" + input, "https://acme." + input + "freshdesk.com",
			"https://acme.freshdesk.com/" + input, "https://acme.freshdesk.com/?" + input, "https://" + input + "@acme.freshdesk.com", "https://api.example.com:" + input,
		} {
			r, err := http.NewRequest("GET", raw, nil)
			if err != nil || h.Check(r.URL) != nil {
				continue
			}
			for _, dialed := range dials(r) {
				host := strings.TrimSuffix(strings.ToLower(dialed), ".")
				inside := host == "api.example.com" || strings.HasSuffix(host, ".freshdesk.com")
				if !inside || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
					t.Errorf("%q dials %q", raw, dialed)
				}
			}
		}
	})
}

var errDialed = errors.New("far enough")

// dials is the host that net/http would connect to for a request as it is.
func dials(r *http.Request) []string {
	var hosts []string
	note := func(_ context.Context, _, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			host = addr
		}
		hosts = append(hosts, host)
		return nil, errDialed
	}
	t := &http.Transport{DialContext: note, DialTLSContext: note}
	_, _ = t.RoundTrip(r) // it fails in note
	return hosts
}

func FuzzParseHost(f *testing.F) {
	for _, seed := range []string{"*.example.com", "EXAMPLE.com.", "[::1]", "::ffff:1.2.3.4", "bücher.example", "*.co.uk", "１２７.0.0.1", "a..b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		h, refused := egress.ParseHosts([]string{entry})
		if (egress.ParseHost(entry) == nil) != (len(refused) == 0) {
			t.Fatalf("%q: ParseHost and ParseHosts differ", entry)
		}
		if len(refused) > 0 {
			return
		}
		again, refused := egress.ParseHosts(h.Strings())
		if len(refused) > 0 || !again.Covers(h) || !h.Covers(again) {
			t.Fatalf("%q became %q, which is not the same: %v", entry, h.Strings(), refused)
		}
		name := h.Strings()[0]
		if !strings.HasPrefix(name, "*.") {
			if strings.Contains(name, ":") {
				name = "[" + name + "]"
			}
			if u, err := url.Parse("https://" + name + "/"); err != nil || h.Check(u) != nil {
				t.Fatalf("%q does not allow itself: %v", entry, err)
			}
		} else if !h.Allows("x"+name[1:]) || h.Allows(name[2:]) {
			t.Fatalf("%q: what it covers is wrong", entry)
		}
	})
}
