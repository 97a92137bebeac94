package connectors

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"claviger/jsbridge"
	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
	"claviger/runtime/egress"
)

const (
	specWord = "spec.yml"
	authWord = "auth"
)

// specIgnored are keys that that format has at the top of spec.yml and that mean nothing to authentication.
var specIgnored = []string{
	"appUuid", "api", "ui", "inputSchema", "udms", "udm", "operations", "data", "events", "test", "hasReadme", "externalAppId",
	"externalAppUuid", "knowledgeBaseUuid", "workspaceId", "connectionMode", "uuid", "baseUri", "revision", "version",
	"credentialsSchema", "customCredentialsSchema", "hasTest", "hasAuthTest", "hasOperations", "hasData", "isReadOnly",
	"proxyKey", "status", "globalWebhooks",
}

var ignoredHints = map[string]string{
	"inputSchema": "the connection's parameters are read from auth.inputSchema",
	"ui":          "the connection's parameters are read from auth.ui.schema",
	"test":        "the test of a connection is read from auth.test",
	"oAuthConfig": "write getOAuthConfig",
}

func (r *reader) specKeys() []key {
	return []key{
		{"key", r.readKey},
		{"name", r.into(&r.c.Name)},
		{"logoUri", r.link(&r.c.LogoURI)},
		{"apiDocsUri", r.link(&r.c.APIDocsURI)},
		{"categories", func(p *yamlpos.Pair) {
			for _, item := range r.texts(p) {
				r.c.Categories = append(r.c.Categories, item.Text)
			}
		}},
		{"parametersSchema", nil}, // read with auth, whose own is laid over it
		{"allowedHosts", r.readHosts},
		{"limits", r.readLimits},
		{"auth", nil}, // read last
	}
}

var specKeyNames = []string{
	"key", "name", "logoUri", "apiDocsUri", "categories", "parametersSchema", "allowedHosts", "limits", "auth",
}

// readSpec reads spec.yml and with it everything it refers to.
func (r *reader) readSpec() {
	if _, ok := r.folder.files[specFile]; !ok {
		r.missingSpec()
		r.readMethods()
		return
	}
	n := r.yaml(specFile)
	if n == nil || !r.block(n, specWord, r.specKeys(), specIgnored) {
		r.readMethods()
		return
	}
	r.specNode = n
	if n.Pair("key") == nil && !isKey(r.c.Key) {
		suggest(r.errorf(n.Pos, "the folder's name %q cannot serve as the connector's key", r.c.Key),
			"write a key of a-z, 0-9 and -")
	}
	if r.c.Name == "" {
		r.c.Name = r.c.Key
	}
	auth := n.Pair("auth")
	if auth == nil {
		r.errorf(n.Pos, "spec.yml has no auth block")
		r.readMethods()
		return
	}
	r.readAuth(auth)
}

// readMethods finds the mistakes in the files of methods where there is no auth block that could name them.
func (r *reader) readMethods() {
	for i := range methodRules {
		r.implementation(&methodRules[i], nil, false)
	}
}

func (r *reader) missingSpec() {
	for _, f := range r.folder.findings {
		if f.Pos.File == specFile {
			return // it is there and was refused
		}
	}
	f := r.errorf(finding.Pos{File: specFile, Line: 1, Col: 1}, "the folder has no spec.yml")
	for _, name := range r.folder.names {
		if strings.EqualFold(name, "spec.yml") || strings.EqualFold(name, "spec.yaml") {
			suggest(f, "rename %s", name)
		}
	}
}

// isKey tells whether a text is ^[a-z0-9][a-z0-9-]*$.
func isKey(s string) bool {
	return s != "" && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (r *reader) readKey(p *yamlpos.Pair) {
	s, ok := r.text(p)
	switch {
	case !ok:
	case !isKey(s):
		f := r.errorf(p.Value.Pos, "key: expected a-z, 0-9 and -, not beginning with -, found %q", s)
		if near := keyOf(s); near != "" {
			suggest(f, "such as %q", near)
		}
	default:
		r.c.Key, r.c.keyPos = s, p.Value.Pos
	}
}

// keyOf makes a key of a text that is none.
func keyOf(s string) string {
	s = strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(s))
	return strings.Trim(s, "-")
}

func (r *reader) readHosts(p *yamlpos.Pair) {
	r.c.HostsDeclared = true
	var entries []string
	var places []finding.Pos
	for _, item := range r.texts(p) {
		if item.Text == FromConnection {
			r.c.ConnectionHosts = true
			r.connectionEntry = item.Pos
			continue
		}
		entries, places = append(entries, item.Text), append(places, item.Pos)
	}
	var refused []*egress.EntryError
	r.c.AllowedHosts, refused = egress.ParseHosts(entries)
	for _, e := range refused {
		r.errorf(places[e.Index], "allowedHosts: %v", e.Err)
	}
	if p.Value.Kind == yamlpos.List && len(p.Value.Items) == 0 {
		r.add(finding.Warningf(p.Value.Pos, "allowedHosts is empty: no host may be reached"))
	}
}

// readLimits reads what a connector's hooks may use, where that is less than the server gives. The words are those of
// the server's --hook-… flags.
func (r *reader) readLimits(p *yamlpos.Pair) {
	l, d := &r.c.Limits, jsbridge.DefaultLimits()
	r.block(p.Value, "limits", []key{
		{"timeout", lower(r, &l.Wall, d.Wall, time.ParseDuration, "a duration such as 10s")},
		{"cpu", lower(r, &l.CPU, d.CPU, time.ParseDuration, "a duration such as 5s")},
		{"memory", lower(r, &l.Memory, d.Memory, parseSize, "a size such as 128MiB")},
		{"bytes", lower(r, &l.Bytes, d.Bytes, parseSize, "a size such as 1MiB")},
		{"fetches", lower(r, &l.Fetches, d.Fetches, strconv.Atoi, "a whole number")},
		{"log", lower(r, &l.Log, d.Log, func(s string) (int, error) {
			n, err := parseSize(s)
			return int(n), err
		}, "a size such as 64KiB")},
	}, nil)
}

// lower reads a limit. More than a server's standard is probably a mistake: it counts on a server that gives more.
func lower[T int | int64 | time.Duration](r *reader, target *T, standard T, parse func(string) (T, error), what string) func(*yamlpos.Pair) {
	return func(p *yamlpos.Pair) {
		n, err := parse(p.Value.Text)
		switch {
		case p.Value.Kind != yamlpos.String && p.Value.Kind != yamlpos.Number || err != nil || n <= 0:
			r.errorf(p.Value.Pos, "%s: expected %s", p.Key, what)
		case n > standard:
			r.add(finding.Warningf(p.Value.Pos, "%s: a connector can ask for less than the server's limit only", p.Key))
		}
		if err == nil && n > 0 {
			*target = n
		}
	}
}

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}}

// parseSize reads a number of bytes, with or without one of the units KiB, MiB, GiB.
func parseSize(s string) (int64, error) {
	unit := int64(1)
	for _, u := range sizeUnits {
		if text, ok := strings.CutSuffix(s, u.name); ok {
			s, unit = strings.TrimSpace(text), u.bytes
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("expected a size")
	}
	return n * unit, nil
}
