package egress

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Hosts is a compiled list of hosts, normalised: names and IP addresses that stand for themselves, and `*.` before a name
// for one or more labels in front of it (never for the name itself). Ports play no part. The zero value allows nothing.
// Hosts is immutable.
type Hosts struct {
	entries []string // sorted, each once, normalised
}

// EntryError is a refused entry of a list.
type EntryError struct {
	Index int    // its place in the list
	Entry string // as written
	Err   error  // why
}

func (e *EntryError) Error() string { return shown(e.Entry) + ": " + e.Err.Error() }

// Unwrap is the reason.
func (e *EntryError) Unwrap() error { return e.Err }

// ParseHosts compiles a list. The entries that are refused are left out of the result and reported, in their order.
func ParseHosts(entries []string) (Hosts, []*EntryError) {
	var h Hosts
	var refused []*EntryError
	for i, entry := range entries {
		normal, err := parseHost(entry)
		if err != nil {
			refused = append(refused, &EntryError{Index: i, Entry: entry, Err: err})
			continue
		}
		h.entries = append(h.entries, normal)
	}
	return h.sorted(), refused
}

func (h Hosts) sorted() Hosts {
	slices.Sort(h.entries)
	return Hosts{slices.Compact(h.entries)}
}

// Allows tells whether a host, in whatever spelling, without port, is in the list.
func (h Hosts) Allows(host string) bool {
	normal, err := normalise(host)
	return err == nil && h.allows(normal)
}

func (h Hosts) allows(normal string) bool {
	if h.has(normal) {
		return true
	}
	if _, err := netip.ParseAddr(normal); err == nil {
		return false
	}
	for i := strings.IndexByte(normal, '.'); i >= 0; {
		if h.has("*" + normal[i:]) {
			return true
		}
		next := strings.IndexByte(normal[i+1:], '.')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return false
}

func (h Hosts) has(entry string) bool {
	_, found := slices.BinarySearch(h.entries, entry)
	return found
}

// Check tells whether a request to u may be sent: http or https, no userinfo, and a host that is in the list. The error is
// an *Error with InvalidRequest or HostNotAllowed. Whether plain http may be used is decided when connecting.
func (h Hosts) Check(u *url.URL) error {
	_, err := h.target(u)
	return err
}

// Covers tells whether everything that other allows is allowed by h too.
func (h Hosts) Covers(other Hosts) bool {
	return len(other.Only(h.entries).entries) == len(other.entries)
}

// Only keeps the entries of h that an entry of the list covers: the same one, or a `*.` above it.
func (h Hosts) Only(list []string) Hosts {
	within, _ := ParseHosts(list)
	var kept Hosts
	for _, entry := range h.entries {
		if within.allows(entry) {
			kept.entries = append(kept.entries, entry)
		}
	}
	return kept
}

// Union is everything that h or other allows.
func (h Hosts) Union(other Hosts) Hosts {
	return Hosts{slices.Concat(h.entries, other.entries)}.sorted()
}

// Strings lists the entries, normalised and sorted. ParseHosts of them gives the same Hosts.
func (h Hosts) Strings() []string { return slices.Clone(h.entries) }
