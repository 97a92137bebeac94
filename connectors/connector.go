// Package connectors reads connector folders: it loads, checks and watches them. In this directory lives also the
// bundled catalogue: every sub-folder with a spec.yml is a connector, one folder each, embedded by Catalogue.
//
//	folders, err := connectors.Load(ctx, connectors.Bundled(), connectors.Dir("./my-connectors"))
//	for _, f := range folders {
//		fmt.Print(f.Located()) // freshdesk/spec.yml:4:3: error: unknown key "nmae" (did you mean "name"?)
//	}
//	set := connectors.NewSet(…)        // a snapshot that is replaced as folders change
//	c, ok := set.Get("freshdesk")
//
// Everything an author writes is compiled when its folder loads, and every mistake that can be seen then is a finding
// with file, line and column; JavaScript alone is left to Check, for it may be parsed in a worker process only. A folder
// with mistakes disturbs no other. Nothing is evaluated here and nothing is sent: that is the engine's.
package connectors

import (
	"net/url"
	"slices"
	"strings"

	"claviger/jsbridge"
	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// FromConnection is the entry of allowedHosts that lets the end user name the host (format.md section 2).
const FromConnection = "connection"

// Connector is one folder, compiled. It is never changed and is safe for concurrent use.
type Connector struct {
	Key        string
	Name       string
	LogoURI    string   // empty: none was written; Logo may have one
	APIDocsURI string   // empty: none
	Categories []string // as written
	Version    string   // of the content: two folders with the same files have the same; hexadecimal
	Logo       []byte   // logo.svg; nil: none
	README     string   // README.md; empty: none

	Parameters *Schema // of connectorParameters: what the platform team sets; nil: anything

	AllowedHosts    egress.Hosts // what allowedHosts lists, FromConnection apart; empty where HostsDeclared is false
	HostsDeclared   bool         // spec.yml has allowedHosts
	ConnectionHosts bool         // allowedHosts names FromConnection
	LiteralHosts    []string     // hosts written in mappings and hooks, sorted

	Auth    *Auth           // the auth block; its key is empty
	Options []*Auth         // alternatives to it in the author's order, each with the block below it filled in
	Limits  jsbridge.Limits // of one call of a hook, where the author asked for less than the server gives; else zero

	literal egress.Hosts // LiteralHosts, compiled
	keyPos  finding.Pos
}

// Auth is the auth block of a connector, or one of its options laid over it.
type Auth struct {
	Key         string // of the option; empty for the block itself
	Type        string // OAuth2, OAuth1 or ClientCredentials
	Title       string
	Description string
	HelpURI     string
	Input       *Schema // of connectionParameters: what the end user types; nil: anything
	Methods     map[Method]*Implementation

	enabled *mapping.Program // over connectorParameters; nil: always
}

// Implementation is how one method is implemented. Which fields are set depends on Kind.
type Implementation struct {
	Kind    Kind
	Mapping *mapping.Program // KindMapping
	REST    *REST            // KindREST
	Script  *jsbridge.Script // KindJavaScript
	Pos     finding.Pos      // where it is written: the file's beginning, or the inline block
}

// REST is a rest-api-mapping (format.md section 6).
type REST struct {
	Method   string           // of HTTP, upper case
	Request  *mapping.Program // gives what apiclient.Mapped takes
	Response *mapping.Program // over the method's arguments and response; nil: the body itself
}

// Option returns the auth block with the given key; the empty key is the block itself.
func (c *Connector) Option(key string) (*Auth, bool) {
	if key == "" {
		return c.Auth, true
	}
	i := slices.IndexFunc(c.Options, func(a *Auth) bool { return a.Key == key })
	if i < 0 {
		return nil, false
	}
	return c.Options[i], true
}

// IsEnabled tells whether an integration with these parameters offers the block. The error is a *mapping.EvalError.
func (a *Auth) IsEnabled(connectorParameters *value.Object, env mapping.Env) (bool, error) {
	if a.enabled == nil {
		return true, nil
	}
	v, err := a.enabled.Eval(value.Of("connectorParameters", orEmpty(connectorParameters)), env)
	return value.Truthy(v), err
}

// Has tells whether a method is implemented, rather than left out or declared not-supported.
func (a *Auth) Has(m Method) bool {
	i, ok := a.Methods[m]
	return ok && i.Kind != KindNotSupported
}

// SecretParameters returns the names of the connectorParameters that are secret.
func (a *Auth) SecretParameters(c *Connector) []string { return c.Parameters.Secrets() }

// SecretInput returns the names of the connectionParameters that are secret.
func (a *Auth) SecretInput() []string { return a.Input.Secrets() }

// Hosts is where secrets may go: what allowedHosts lists; where there is no such list, the literal hosts of the folder
// and the hosts of URLs in connectorParameters. With FromConnection in the list also the hosts that connectionParameters
// name, by a URL or by a host name; nil stands for no parameters.
func (c *Connector) Hosts(connectorParameters, connectionParameters *value.Object) egress.Hosts {
	if !c.HostsDeclared {
		return c.literal.Union(hostsOf(urlHosts(connectorParameters, nil)))
	}
	if !c.ConnectionHosts || connectionParameters == nil {
		return c.AllowedHosts
	}
	return c.AllowedHosts.Union(hostsOf(c.namedHosts(connectionParameters)))
}

// hostsOf compiles those of names that can be entries of a list.
func hostsOf(names []string) egress.Hosts {
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasPrefix(n, "*") || egress.ParseHost(n) != nil })
	hosts, _ := egress.ParseHosts(names)
	return hosts
}

// urlHosts collects the hosts of every text in v, at any depth, that is an http or https URL.
func urlHosts(v any, out []string) []string {
	switch t := v.(type) {
	case string:
		if host := urlHost(t); host != "" {
			out = append(out, host)
		}
	case []any:
		for _, item := range t {
			out = urlHosts(item, out)
		}
	case *value.Object:
		for _, item := range t.All() {
			out = urlHosts(item, out)
		}
	}
	return out
}

func urlHost(text string) string {
	if !hasHTTPScheme(text) {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func hasHTTPScheme(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
}

// namedHosts are the hosts that connection parameters name: by a URL, or by a text that is a host with or without port.
// Secrets name none: what is a host may be shown.
func (c *Connector) namedHosts(parameters *value.Object) []string {
	shown := parameters.Clone()
	for _, a := range append([]*Auth{c.Auth}, c.Options...) {
		for _, name := range a.SecretInput() {
			shown.Delete(name)
		}
	}
	out := urlHosts(shown, nil)
	for _, v := range shown.All() {
		text, ok := v.(string)
		if !ok || strings.ContainsAny(text, "/\\@?#% \t\r\n") {
			continue
		}
		if u, err := url.Parse("https://" + text); err == nil && u.Hostname() != "" {
			out = append(out, u.Hostname())
		}
	}
	return out
}

func orEmpty(o *value.Object) *value.Object {
	if o == nil {
		return value.NewObject(0)
	}
	return o
}
