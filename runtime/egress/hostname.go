package egress

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// normalise brings a host to the one form in which hosts are compared and dialed: an IP address as netip prints it (IPv4
// in IPv6 unmapped, no brackets), or a name in lower-case ASCII without the trailing dot (RFC 5891 for the rest). Other
// spellings of an address (decimal, octal, hexadecimal, short) are no hosts, nor are addresses with a zone.
func normalise(host string) (string, error) {
	if bare, ok := strings.CutPrefix(host, "["); ok {
		bare, ok = strings.CutSuffix(bare, "]")
		if !ok || !strings.Contains(bare, ":") {
			return "", errors.New("expected an IPv6 address in the brackets")
		}
		host = bare
	}
	if strings.Contains(host, ":") {
		return address(host)
	}
	name, err := ascii(host)
	if err != nil {
		return "", err
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if endsInNumber(name) {
		return address(name)
	}
	return name, checkName(name)
}

func address(s string) (string, error) {
	ip, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		return "", errors.New("expected a host name or an IP address in its usual form")
	case ip.Zone() != "":
		return "", errors.New("an address with a zone is no host")
	}
	return ip.Unmap().String(), nil
}

// ascii maps an international name as net/http does before it dials: full-width letters and dots become plain ones.
func ascii(host string) (string, error) {
	for i := 0; i < len(host); i++ {
		if host[i] >= 0x80 {
			name, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", errors.New("not a valid international host name")
			}
			return name, nil
		}
	}
	return host, nil
}

// endsInNumber is the URL standard's test: such a host is an IPv4 address in some spelling, or nothing.
func endsInNumber(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last == "" {
		return false
	}
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	_, err := strconv.ParseUint(strings.TrimPrefix(last, "0x"), 16, 64)
	return strings.HasPrefix(last, "0x") && (err == nil || last == "0x")
}

// checkName wants the letters, digits and hyphens of RFC 1123, and underscores, which some providers have.
func checkName(name string) error {
	if name == "" || len(name) > 253 {
		return errors.New("expected a host name of 1 to 253 characters")
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "":
			return errors.New("a host name has no empty part between its dots")
		case len(label) > 63:
			return errors.New("a part of a host name has at most 63 characters")
		case strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "":
			return errors.New("expected letters, digits, hyphens and dots only")
		case label[0] == '-' || label[len(label)-1] == '-':
			return errors.New("a part of a host name neither begins nor ends with a hyphen")
		}
	}
	return nil
}
