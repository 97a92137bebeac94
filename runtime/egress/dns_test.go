package egress_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// zone is a name server in memory. A name with several lists answers with the next one each time, as in DNS rebinding;
// the last stays.
type zone struct {
	mu    sync.Mutex
	names map[string][][]string
}

func resolver(names map[string][][]string) *net.Resolver {
	z := &zone{names: names}
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe() // no packets, so the resolver speaks DNS over TCP
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
	addresses, known := z.look(q)
	if !known {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, text := range addresses {
		ip := netip.MustParseAddr(text)
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 0}
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

// look counts the questions for IPv4 addresses only: each look-up asks for both kinds.
func (z *zone) look(q dnsmessage.Question) ([]string, bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	name := q.Name.String()
	lists, known := z.names[name]
	if !known {
		return nil, false
	}
	if len(lists) > 1 && q.Type == dnsmessage.TypeA {
		z.names[name] = lists[1:]
	}
	return lists[0], true
}

func TestZone(t *testing.T) {
	r := resolver(map[string][][]string{"a.test.": {{"192.0.2.1"}, {"127.0.0.1"}}})
	for _, want := range []string{"192.0.2.1", "127.0.0.1", "127.0.0.1"} {
		if got, err := r.LookupHost(t.Context(), "a.test"); err != nil || len(got) != 1 || got[0] != want {
			t.Fatalf("got %v, %v, want %s", got, err, want)
		}
	}
}
