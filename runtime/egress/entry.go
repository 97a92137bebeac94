package egress

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// ParseHost tells why an entry of a host list is refused, nil when it is fine. An entry is a host name, an IP address
// (IPv6 with or without brackets), or `*.` and a name; without scheme, port or path. Refused are a bare `*`, a name
// directly under which anybody can register (`com`, `*.co.uk`, `*.github.io`), and unusual spellings of an address.
func ParseHost(entry string) error {
	_, err := parseHost(entry)
	return err
}

func parseHost(entry string) (string, error) {
	name, wild := strings.CutPrefix(entry, "*.")
	if err := obviousMistake(entry, name); err != nil {
		return "", err
	}
	normal, err := normalise(name)
	if err != nil {
		return "", err
	}
	if !wild {
		return normal, checkBare(normal)
	}
	return "*." + normal, checkWild(normal)
}

// obviousMistake finds what people write in place of a host and says it in their words.
func obviousMistake(entry, name string) error {
	switch {
	case entry == "":
		return errors.New("expected a host name, an IP address, or *. and a name")
	case entry == "*", entry == "*.", entry == "*.*":
		return errors.New("a list that allows every host is no list: name the hosts, or *. and a domain")
	case strings.Contains(entry, "/"):
		return errors.New("expected a host alone, without scheme and path")
	case strings.Contains(name, "*"):
		return errors.New("* may stand only once, as *. in front")
	case strings.Count(name, ":") == 1, strings.Contains(name, "]:"):
		return errors.New("expected a host without port: an entry stands for every port")
	}
	return nil
}

func checkBare(name string) error {
	if suffix, icann := publicsuffix.PublicSuffix(name); icann && suffix == name {
		return fmt.Errorf("%s is a public suffix, not a host", name)
	}
	return nil
}

func checkWild(name string) error {
	if _, err := netip.ParseAddr(name); err == nil {
		return errors.New("*. cannot stand in front of an IP address")
	}
	if !strings.Contains(name, ".") && reserved(name) {
		return nil
	}
	// The second look finds names like "compute.estate", under which the list says that every name is a public suffix.
	for _, candidate := range []string{name, "x." + name} {
		if suffix, _ := publicsuffix.PublicSuffix(candidate); suffix == candidate {
			return fmt.Errorf("%s is a public suffix: anybody can have a host under it", name)
		}
	}
	return nil
}

// reserved are the top-level names that nobody can register: RFC 2606, RFC 6761, RFC 6762, and ICANN's "internal".
func reserved(name string) bool {
	switch name {
	case "localhost", "test", "example", "invalid", "local", "internal":
		return true
	}
	return false
}
