package httpapi_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// zone is a name server that knows what a test says, keeps what it was asked for, and answers with the next list each time;
// the last stays.
type zone struct {
	mu    sync.Mutex
	names map[string][][]string // without the dot at the end; "*": every other name
	asked []string
}

func (z *zone) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe() // no packets, so it speaks DNS over TCP
		go z.serve(server)
		return client, nil
	}}
}

func (z *zone) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, query); err != nil {
			return
		}
		answer := z.answer(query)
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

func (z *zone) answer(query []byte) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		panic(err)
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	for _, text := range z.look(q) {
		ip, h := netip.MustParseAddr(text), dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
		switch {
		case ip.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: ip.As4()}})
		case ip.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: ip.As16()}})
		}
	}
	packed, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return packed
}

func (z *zone) look(q dnsmessage.Question) []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	name := strings.TrimSuffix(q.Name.String(), ".")
	if q.Type == dnsmessage.TypeA {
		z.asked = append(z.asked, name)
	}
	lists, known := z.names[name]
	if !known {
		name = "*"
		lists = z.names["*"]
	}
	switch {
	case len(lists) == 0:
		return nil
	case len(lists) > 1 && q.Type == dnsmessage.TypeA:
		z.names[name] = lists[1:]
	}
	return lists[0]
}

// take is what was asked for since the last time.
func (z *zone) take() []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	defer func() { z.asked = nil }()
	return z.asked
}

// domainClient is a connector whose host has a part that the tenant types. The loader demands a pattern for it; tests store what
// the pattern would refuse.
const domainClient = `
baseUri: {$concat: ['http://', {$var: connectionParameters.domain}, '.api.example:', {$var: connectorParameters.config}, '/base/', {$var: connectionParameters.account}]}
bases:
  other: {$concat: [{$var: connectorParameters.baseUrl}, '/other/', {$var: connectionParameters.account}]}
headers:
  Authorization: {$concat: ['Bearer ', {$var: credentials.access_token}]}
`

var hostileTexts = []string{
	"", "acme", "evil.com/", "evil.com", "a@b", "a@evil.com/", "x#", "evil.com#", "evil.com?", "evil.com:80/", "evil.com\\", "evil.com/..", "..", "../..", "a\r\nHost: evil.com", "a\nb", "a\x00b", "a b", "evil。com／", "evil．com", "ａ",
	"evil.com%2f", "evil.com%23", "a%40evil.com", "%65vil", "%00", "%0d%0aHost:evil", "[::1]", "127.0.0.1", "127.0.0.1/", "127.0.0.1:1/", "2130706433/", "0x7f.1/", "017700000001/", "169.254.169.254/", "[::ffff:169.254.169.254]/", "[64:ff9b::a9fe:a9fe]/",
	"http://evil.com/", "//evil.com", "evil.com//", "evil.com;", "x.evil.com/.", "-", ".", "*", "xn--evil/", "\u202eevil", "evil\u2028", "evil.com\t", "evil.com?@", "user:pass@", ":80#@", "evil.com\u3002", "a\u2044evil.com", "localhost/", "LOCALHOST#",
}

// FuzzProxyHost wants one host, whatever a tenant types as a parameter of the connection and a caller as path, query and
// base: nothing but the API and the names below its own is connected to, or even looked up, and the credential goes nowhere else.
func FuzzProxyHost(f *testing.F) {
	f.Add("acme", "acme", "/x", "", "")
	for _, text := range hostileTexts {
		f.Add(text, "acme", "/x", "a=b", "")
		f.Add("acme", text, "/x", "a=b", "other")
		f.Add("acme", "acme", "/"+text, text, "other")
		f.Add("acme", "acme", text, "", "")
		f.Add("acme", "acme", "/x", "", text)
		f.Add(text, text, "/"+url.PathEscape(text), url.QueryEscape(text), "")
	}
	z := &zone{names: map[string][][]string{"*": {{"127.0.0.1"}}}}
	r := newRig(f, domainClient, egress.Resolver(z.resolver()))
	var mu sync.Mutex
	var seen []*http.Request
	r.api.on(func(_ http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, q)
	})
	p := r.parameters()
	_, p["config"], _ = net.SplitHostPort(strings.TrimPrefix(r.api.URL, "http://"))
	r.put("/v1/integrations/app", map[string]any{"connector": "app", "parameters": p})
	last := [2]string{"-", "-"}
	f.Fuzz(func(t *testing.T, domain, account, path, query, base string) {
		r.TB = t
		if now := [2]string{domain, account}; now != last {
			c := r.stored("con_1")
			c.Parameters = value.Of("domain", domain, "account", account)
			r.ok(r.store.PutConnection(context.Background(), c))
			last = now
		}
		head := "GET " + proxyPath + path
		if query != "" {
			head += "?" + query
		}
		head += " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + testKey + "\r\n"
		if base != "" {
			head += "Claviger-Base: " + base + "\r\n"
		}
		heard := r.send(head + "\r\n")
		mu.Lock()
		defer mu.Unlock()
		for _, q := range seen {
			host := strings.TrimSuffix(q.Host, ":"+p["config"].(string))
			if host != "127.0.0.1" && !strings.HasSuffix(host, ".api.example") || strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "" {
				t.Errorf("a call for host %q", q.Host)
			}
			if q.URL.Path == "/token" || !strings.HasPrefix(q.RequestURI, "/base/") && !strings.HasPrefix(q.RequestURI, "/other/") && !strings.HasPrefix(q.RequestURI, "/base?") {
				t.Errorf("a call of %q", q.RequestURI)
			}
			if len(q.Header["Authorization"]) != 1 || strings.Contains(q.Header.Get("Authorization"), testKey) {
				t.Errorf("%q", q.Header)
			}
		}
		if path == "/x" && query+base == "" && domain == "acme" && account == domain && len(seen) != 1 {
			t.Errorf("a good call does not get there: %q", heard)
		}
		seen = nil
		for _, name := range z.take() {
			if !strings.HasSuffix(name, ".api.example") {
				t.Errorf("%q was looked up", name)
			}
		}
		if strings.Contains(heard, "at-0") {
			t.Errorf("%q", heard)
		}
	})
}

// The proxy's dialer looks at the address that it is about to connect to: names that change their mind, and every spelling of
// an address that nobody has opened, gain nothing.
func TestProxyDialsNothingPrivate(t *testing.T) {
	z := &zone{names: map[string][][]string{"*": {{"127.0.0.1"}}}}
	r := newRig(t, makeClient, egress.Resolver(z.resolver()))
	called := false
	r.api.on(func(w http.ResponseWriter, _ *http.Request) {
		called = true
		w.Header().Set("Connection", "close") // or the next call would take this one, which was judged
	})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(r.api.URL, "http://"))
	call := func(host string) answer {
		t.Helper()
		p := r.parameters()
		p["baseUrl"] = "http://" + host + ":" + port
		r.put("/v1/integrations/app", map[string]any{"connector": "app", "parameters": p})
		return r.get("/x")
	}
	if a := call("named.example"); a.StatusCode != 200 || !called { // what is opened can be reached
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	for _, address := range []string{"127.0.0.2", "169.254.169.254", "10.0.0.1", "0.0.0.0", "168.63.129.16", "::1", "::", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "2002:a9fe:a9fe::", "fd00:ec2::254", "fe80::1"} {
		called = false
		z.names = map[string][][]string{"named.example": {{address}}, "a.api.example": {{address, address}}}
		for _, host := range []string{"named.example", "a.api.example", "NAMED.example."} {
			if a := call(host); a.StatusCode == 200 || called {
				t.Errorf("%s at %s: %d", host, address, a.StatusCode)
			} else {
				r.problem(a, 502, "connector_failed")
			}
		}
	}
	// The first look is at a public address, the second one is not: each connection is judged by the address it is for.
	z.names = map[string][][]string{"named.example": {{"168.63.129.16"}, {"127.0.0.2"}, {"169.254.169.254"}}}
	for range 4 {
		r.problem(call("named.example"), 502, "connector_failed")
	}
	for _, host := range []string{"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.0.0.1", "127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "①②⑦.0.0.1", "127。0。0。1", "[::1%25lo]", "localhost", "127.0.0.1%00.api.example", "evil@127.0.0.1"} {
		called = false
		a := call(host)
		if good := host == "127.0.0.1." || strings.HasPrefix(host, "[::ffff:") || host == "127。0。0。1" || host == "①②⑦.0.0.1"; !good && (called || a.StatusCode < 400) {
			t.Errorf("%s: %d %s", host, a.StatusCode, a.body)
		}
	}
	for _, name := range z.take() {
		if name != "named.example" && name != "a.api.example" {
			t.Errorf("%q was looked up", name)
		}
	}
}
