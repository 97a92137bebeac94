package httpapi

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/labstack/echo/v4"
)

// Only servers in front that are trusted say who a client is; what the client itself says before them counts for nothing.
func TestClientAddresses(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:1::/48"), netip.MustParsePrefix("127.0.0.1/32")}
	for _, c := range []struct {
		trusted   []netip.Prefix
		remote    string
		forwarded []string
		want      string
	}{
		{nil, "203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{nil, "10.0.0.1:1", []string{"198.51.100.1"}, "10.0.0.1"},
		{nil, "[2001:db8:2::1]:1", nil, "2001:db8:2::/64"},
		{nil, "[::ffff:203.0.113.7]:1", nil, "203.0.113.7"},
		{nil, "[fe80::1%eth0]:1", nil, "fe80::/64"},
		{trusted, "203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		{trusted, "192.168.0.1:1", []string{"198.51.100.1"}, "192.168.0.1"},
		{trusted, "10.0.0.1:1", nil, "10.0.0.1"},
		{trusted, "10.0.0.1:1", []string{"198.51.100.1"}, "198.51.100.1"},
		{trusted, "10.0.0.1:1", []string{"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		{trusted, "10.0.0.1:1", []string{"1.1.1.1", "198.51.100.1, 10.9.9.9"}, "198.51.100.1"},
		{trusted, "[2001:db8:1::5]:1", []string{"evil, 2001:db8:2:0:9::1"}, "2001:db8:2::/64"},
		{trusted, "127.0.0.1:1", []string{"evil"}, "127.0.0.1"},
	} {
		s := &server{echo: echo.New()}
		s.echo.IPExtractor = clientAddress(c.trusted)
		if got := s.address(&http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded, "X-Real-Ip": {"9.9.9.9"}}}); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
