package egress_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"claviger/runtime/egress"
)

func guard(t testing.TB, allow []string, options ...egress.Option) *egress.Guard {
	t.Helper()
	g, err := egress.NewGuard(allow, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.CloseIdle)
	return g
}

func get(t testing.TB, rawURL string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", rawURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantReason checks that an error is an *egress.Error of this reason.
func wantReason(t testing.TB, err error, want egress.Reason, sent bool) *egress.Error {
	t.Helper()
	var e *egress.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want %s", err, err, want)
	}
	if e.Reason != want || e.Sent != sent {
		t.Fatalf("got %s, sent %t (%v), want %s, sent %t", e.Reason, e.Sent, err, want, sent)
	}
	return e
}

func hello(t testing.TB) (server *httptest.Server, port string) {
	t.Helper()
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("hello " + r.Host)) }))
	t.Cleanup(server.Close)
	u, _ := url.Parse(server.URL)
	return server, u.Port()
}

func TestGuardRefusesAddresses(t *testing.T) {
	names := map[string][][]string{}
	addresses := []string{
		"127.0.0.1", "127.255.0.3", "0.0.0.0", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.100.100.200", "192.0.0.192",
		"168.63.129.16", "224.0.0.1", "255.255.255.255", "::1", "::", "::ffff:169.254.169.254", "::ffff:127.0.0.1", "::127.0.0.1",
		"64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
		"100::1", "2001:db8::1",
	}
	for i, a := range addresses {
		names[name(i)+"."] = [][]string{{a}}
	}
	g := guard(t, []string{"192.168.77.0/24"}, egress.Resolver(resolver(names)))
	for i, a := range addresses {
		literal := a
		if strings.Contains(a, ":") {
			literal = "[" + a + "]"
		}
		for _, host := range []string{literal, name(i)} {
			for _, scheme := range []string{"https", "http"} {
				_, err := g.Do(get(t, scheme+"://"+host+":9/"), egress.Policy{Hosts: hosts(t, host), Timeout: 5 * time.Second})
				e := wantReason(t, err, egress.AddressRefused, false)
				if !strings.Contains(e.Error(), "--egress-allow") || e.Host == "" {
					t.Errorf("%s: %v", host, e)
				}
			}
		}
	}
}

func name(i int) string { return string(rune('a'+i/10)) + string(rune('a'+i%10)) + ".test" }

func TestGuardMessage(t *testing.T) {
	g := guard(t, nil, egress.Resolver(resolver(map[string][][]string{"idp.test.": {{"127.0.0.1"}}})))
	_, err := g.Do(get(t, "https://idp.test/token?client_secret=hunter2"), egress.Policy{Hosts: hosts(t, "idp.test")})
	wantReason(t, err, egress.AddressRefused, false)
	if want := `address 127.0.0.1 of "idp.test" is private; --egress-allow 127.0.0.1 opens it`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestGuardRebinding(t *testing.T) {
	_, port := hello(t)
	g := guard(t, nil, egress.Resolver(resolver(map[string][][]string{"rebind.test.": {{"168.63.129.16"}, {"127.0.0.1"}}})))
	for range 3 {
		_, err := g.Do(get(t, "https://rebind.test:"+port+"/"), egress.Policy{Hosts: hosts(t, "rebind.test")})
		wantReason(t, err, egress.AddressRefused, false)
	}
}

func TestGuardOpens(t *testing.T) {
	_, port := hello(t)
	dns := egress.Resolver(resolver(map[string][][]string{
		"idp.test.": {{"127.0.0.1"}}, "other.test.": {{"127.0.0.1"}}, "mixed.test.": {{"10.255.255.1", "127.0.0.1"}},
	}))
	for _, c := range []struct {
		allow, host string
		open        bool
	}{
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.0/8", "idp.test", true},
		{"::ffff:127.0.0.0/104", "127.0.0.1", true},
		{"::ffff:127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "[::ffff:127.0.0.1]", true},
		{"127.0.0.1", "mixed.test", true}, // the refused address is skipped, the opened one used
		{"idp.test", "idp.test", true},
		{"IDP.test.", "iDp.TEST.", true},
		{"idp.test", "other.test", false}, // the name opens itself, not the address
		{"idp.test", "127.0.0.1", false},
		{"127.0.0.2", "127.0.0.1", false},
		{"10.0.0.0/8", "idp.test", false},
	} {
		g := guard(t, []string{c.allow}, dns)
		a, err := g.Do(get(t, "http://"+c.host+":"+port+"/"), egress.Policy{Hosts: hosts(t, c.host)})
		if c.open && (err != nil || !strings.HasPrefix(string(a.Body), "hello ")) {
			t.Errorf("%s does not open %s: %v", c.allow, c.host, err)
		}
		if !c.open {
			wantReason(t, err, egress.AddressRefused, false)
		}
	}
}

func TestNewGuardRefuses(t *testing.T) {
	for _, entry := range []string{"", "*", "*.example.com", "10.0.0.0/33", "https://idp.test", "idp.test:8080", "127.1", "0x7f000001", "fe80::1%eth0", "a b"} {
		if _, err := egress.NewGuard([]string{"10.0.0.0/8", entry}); err == nil || !strings.Contains(err.Error(), "cannot allow") {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

// A public address cannot be reached in a test; that the guard refuses plain http to it before connecting can be seen.
func TestGuardPlainHTTP(t *testing.T) {
	g := guard(t, []string{"127.0.0.1"}, egress.Resolver(resolver(map[string][][]string{"public.test.": {{"8.8.8.8"}}})))
	for _, host := range []string{"8.8.8.8", "public.test", "[2606:4700::1111]"} {
		_, err := g.Do(get(t, "http://"+host+"/"), egress.Policy{Hosts: hosts(t, host)})
		if e := wantReason(t, err, egress.PlainHTTP, false); !strings.Contains(e.Error(), "https") {
			t.Error(e)
		}
	}
}

func TestGuardIgnoresProxyFromEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	_, port := hello(t)
	g := guard(t, []string{"idp.test"}, egress.Resolver(resolver(map[string][][]string{"idp.test.": {{"127.0.0.1"}}})))
	if a, err := g.Do(get(t, "http://idp.test:"+port), egress.Policy{Hosts: hosts(t, "idp.test")}); err != nil || a.Status != 200 {
		t.Error(a, err)
	}
}
