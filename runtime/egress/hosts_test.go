package egress_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"claviger/runtime/egress"
)

func hosts(t testing.TB, entries ...string) egress.Hosts {
	t.Helper()
	h, refused := egress.ParseHosts(entries)
	if len(refused) > 0 {
		t.Fatal(refused[0])
	}
	return h
}

func TestParseHost(t *testing.T) {
	for _, entry := range []string{
		"api.example.com", "API.Example.COM.", "localhost", "127.0.0.1", "::1", "[2001:db8::1]", "*.freshdesk.com", "*.a.b.example.com",
		"bücher.example", "my_tenant.example.com", "acme.github.io", "github.io", "*.acme.github.io", "*.localhost", "*.corp.internal",
		"www.ck", "*.www.ck", "xn--bcher-kva.example", "host-only",
	} {
		if err := egress.ParseHost(entry); err != nil {
			t.Errorf("%q: %v", entry, err)
		}
	}
	for entry, says := range map[string]string{
		"":                                "expected a host name",
		"*":                               "every host",
		"*.":                              "every host",
		"*.*":                             "every host",
		"*.*.example.com":                 "only once",
		"a.*.example.com":                 "only once",
		"*example.com":                    "only once",
		"com":                             "public suffix",
		"co.uk":                           "public suffix",
		"CO.UK.":                          "public suffix",
		"*.com":                           "public suffix",
		"*.co.uk":                         "public suffix",
		"*.COM.":                          "public suffix",
		"*.github.io":                     "public suffix",
		"*.herokuapp.com":                 "public suffix",
		"*.рф":                            "public suffix",
		"*.ck":                            "public suffix",
		"*.foo.ck":                        "public suffix",
		"*.compute.estate":                "public suffix", // every name under it is one
		"*.nosuchtld":                     "public suffix",
		"*.127.0.0.1":                     "IP address",
		"*.[::1]":                         "IP address",
		"example.com:443":                 "without port",
		"127.0.0.1:8080":                  "without port",
		"[::1]:8080":                      "without port",
		"https://example.com":             "without scheme",
		"example.com/path":                "without scheme",
		"10.0.0.0/8":                      "without scheme",
		"a b.example.com":                 "letters",
		"user@example.com":                "letters",
		"a%2eexample.com":                 "letters",
		"example.com\x00":                 "letters",
		"example..com":                    "empty part",
		".example.com":                    "empty part",
		"example.com..":                   "empty part",
		"-a.example.com":                  "hyphen",
		"2130706433":                      "usual form",
		"0x7f000001":                      "usual form",
		"0177.0.0.1":                      "usual form",
		"127.1":                           "usual form",
		"１２７.1":                           "usual form",
		"fe80::1%eth0":                    "zone",
		"[::1":                            "brackets",
		"[example.com]":                   "brackets",
		strings.Repeat("a", 64):           "63",
		strings.Repeat("a.", 127) + "com": "253",
	} {
		if err := egress.ParseHost(entry); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want %q", entry, err, says)
		}
	}
}

func TestHostsAllows(t *testing.T) {
	h := hosts(t, "API.example.com.", "*.freshdesk.com", "bücher.example", "10.1.2.3", "::1", "localhost")
	for _, host := range []string{
		"api.example.com", "API.EXAMPLE.COM", "api.example.com.", "ａｐｉ．example。com", "acme.freshdesk.com", "a.b.freshdesk.com",
		"bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "10.1.2.3", "::ffff:10.1.2.3", "[::1]", "0:0:0:0:0:0:0:1", "localhost", "localhost.", "10.1.2.3.",
	} {
		if !h.Allows(host) {
			t.Errorf("%q is not allowed", host)
		}
	}
	for _, host := range []string{
		"", "example.com", "x.api.example.com", "freshdesk.com", ".freshdesk.com", "evilfreshdesk.com", "freshdesk.com.evil.com",
		"*.freshdesk.com", "a..freshdesk.com", "10.1.515", "167838211", "::1%lo", "a@acme.freshdesk.com", "evil.com/.freshdesk.com",
		"evil.com#.freshdesk.com", "evil.com?.freshdesk.com", "evil.com\\.freshdesk.com", "evil.com%2f.freshdesk.com", "a\r\n.freshdesk.com",
	} {
		if h.Allows(host) {
			t.Errorf("%q is allowed", host)
		}
	}
	if (egress.Hosts{}).Allows("example.com") {
		t.Error("the zero value allows something")
	}
}

func TestHostsSets(t *testing.T) {
	a, b := hosts(t, "*.example.com", "x.org", "X.ORG."), hosts(t, "api.example.com", "*.eu.example.com", "y.org")
	if got := a.Strings(); !slices.Equal(got, []string{"*.example.com", "x.org"}) {
		t.Errorf("Strings: %q", got)
	}
	if got := a.Union(b).Strings(); !slices.Equal(got, []string{"*.eu.example.com", "*.example.com", "api.example.com", "x.org", "y.org"}) {
		t.Errorf("Union: %q", got)
	}
	if got := b.Only([]string{"*.example.com"}).Strings(); !slices.Equal(got, []string{"*.eu.example.com", "api.example.com"}) {
		t.Errorf("Only: %q", got)
	}
	if got := a.Only([]string{"api.example.com"}).Strings(); len(got) != 0 {
		t.Errorf("Only, narrower: %q", got)
	}
	if !a.Union(b).Covers(a) || a.Covers(b) || !a.Covers(hosts(t, "*.a.example.com")) || hosts(t, "a.example.com").Covers(a) || !a.Covers(egress.Hosts{}) {
		t.Error("Covers")
	}
	some, refused := egress.ParseHosts([]string{"ok.example.com", "*", "x y"})
	if !slices.Equal(some.Strings(), []string{"ok.example.com"}) || len(refused) != 2 || refused[0].Index != 1 || refused[1].Entry != "x y" {
		t.Errorf("ParseHosts: %q, %v", some.Strings(), refused)
	}
}

func TestHostsCheck(t *testing.T) {
	h := hosts(t, "*.freshdesk.com", "::1")
	for raw, want := range map[string]egress.Reason{
		"https://acme.freshdesk.com/x?y":          "",
		"http://acme.freshdesk.com":               "", // the scheme is judged with the address
		"https://acme.freshdesk.com:8443/":        "",
		"https://[::1]:1/":                        "",
		"https://ACME.Freshdesk.COM.:443":         "",
		"https://evil.com/.freshdesk.com":         egress.HostNotAllowed,
		"https://evil.com#.freshdesk.com":         egress.HostNotAllowed,
		"https://user:hunter2@acme.freshdesk.com": egress.InvalidRequest,
		"https://acme.freshdesk.com@evil.com":     egress.InvalidRequest,
		"ftp://acme.freshdesk.com":                egress.InvalidRequest,
		"/relative":                               egress.InvalidRequest,
		"https:opaque":                            egress.InvalidRequest,
		"https://acme.freshdesk.com:0/":           egress.InvalidRequest,
		"https://acme.freshdesk.com:65536/":       egress.InvalidRequest,
		"https://acme.freshdesk.com/?a b":         egress.InvalidRequest,
		"https:///path":                           egress.InvalidRequest,
		"https://acme.freshdesk.com%00.evil.com/": egress.InvalidRequest,
		"https://2130706433/":                     egress.InvalidRequest,
	} {
		u, err := url.Parse(raw)
		if err != nil {
			continue // refused even earlier
		}
		err = h.Check(u)
		var e *egress.Error
		if want == "" && err != nil || want != "" && (!errors.As(err, &e) || e.Reason != want || e.Sent) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message tells the password: %v", raw, err)
		}
	}
}
