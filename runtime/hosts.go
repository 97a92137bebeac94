package runtime

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"claviger/connectors"
	"claviger/mapping/value"
	"claviger/runtime/egress"
)

// allowed is the set of hosts that a connection of an integration may reach: what the connector asks for now, as far as
// the integration has pinned it. What is new waits as pendingHosts until somebody accepts it.
func (e *Engine) allowed(ctx context.Context, i *Integration, c *connectors.Connector, input *value.Object) (egress.Hosts, error) {
	key := reachKey{i.Key, i.edition(), c.Version}
	if known, ok := e.reach.Get(key); ok {
		return known, nil
	}
	pinned, err := e.notePending(ctx, i, c)
	if err != nil {
		return egress.Hosts{}, err
	}
	hosts := within(pinned, c, i.Parameters, input)
	if !c.ConnectionHosts && slices.Equal(pinned, i.Hosts) {
		e.reach.Add(key, hosts)
	}
	return hosts, nil
}

// reachKey is what a set of allowed hosts follows from, where the connection has no say in it.
type reachKey struct {
	integration string
	edition     edition
	connector   string // version of the connector
}

// within is what a connector may reach of the hosts that it asks for, where these are pinned.
func within(pinned []string, c *connectors.Connector, parameters, input *value.Object) egress.Hosts {
	wanted := c.Hosts(orEmpty(parameters), orEmpty(input))
	if c.ConnectionHosts && slices.Contains(pinned, connectors.FromConnection) {
		return wanted
	}
	return wanted.Only(pinned)
}

// notePending records which of the hosts that a connector asks for nobody has accepted, and returns those that are
// accepted. With Dev they all are.
func (e *Engine) notePending(ctx context.Context, i *Integration, c *connectors.Connector) (pinned []string, err error) {
	wanted := hostList(c, i.Parameters)
	pending := notIn(i.Hosts, wanted)
	if slices.Equal(pending, i.PendingHosts) {
		return i.Hosts, nil
	}
	stored, err := e.changeIntegration(ctx, i.Key, func(stored *Integration) (bool, error) {
		if e.dev {
			return true, e.pin(ctx, stored, wanted)
		}
		stored.PendingHosts = notIn(stored.Hosts, wanted)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return stored.Hosts, nil
}

// pin makes a list the pinned one. What was held against the integration may have come of the old list.
func (e *Engine) pin(ctx context.Context, i *Integration, hosts []string) error {
	at, err := e.now(ctx)
	i.Hosts, i.PendingHosts, i.Misconfigured, i.UpdatedAt = hosts, nil, nil, at
	return err
}

// notIn is the wanted hosts that the pinned ones do not cover.
func notIn(pinned, wanted []string) []string {
	have, _ := egress.ParseHosts(pinned) // what is no host, such as FromConnection, is compared as a text
	return slices.DeleteFunc(slices.Clone(wanted), func(h string) bool {
		one, refused := egress.ParseHosts([]string{h})
		return slices.Contains(pinned, h) || len(refused) == 0 && have.Covers(one)
	})
}

// ReviewHosts compares every integration with the connectors loaded now. Call it after a reload, so that pendingHosts
// shows before anybody runs into a refusal.
func (e *Engine) ReviewHosts(ctx context.Context) error {
	list, err := e.store.Integrations(ctx)
	if err != nil {
		return storeError("integration", "", err)
	}
	for _, i := range list {
		c, ok := e.connectors.Get(i.Connector)
		if !ok {
			continue
		}
		if _, err := e.notePending(ctx, i, c); err != nil {
			return err
		}
	}
	return nil
}

// checkReturnURL judges a return URL by itself.
func checkReturnURL(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil, strings.ContainsFunc(raw, func(r rune) bool { return r <= 0x20 || r == 0x7f }), strings.Contains(raw, `\`):
		return errorf(CodeInvalidReturnURL, "the return URL %q is not an address", oneLine(raw, 200))
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.Opaque != "":
		return errorf(CodeInvalidReturnURL, "expected an http or https address as return URL, got %q", oneLine(raw, 200))
	case u.User != nil:
		return errorf(CodeInvalidReturnURL, "a return URL may not name a user")
	case strings.HasPrefix(u.Path, "//"):
		return errorf(CodeInvalidReturnURL, "a return URL's path may not begin with //")
	case u.Fragment != "":
		return errorf(CodeInvalidReturnURL, "a return URL may not have a fragment")
	}
	return nil
}

// registered tells whether an integration allows sending a browser to raw: scheme, host and port exactly as registered.
func (i *Integration) registered(raw string) error {
	if err := checkReturnURL(raw); err != nil {
		return err
	}
	u, _ := url.Parse(raw)
	for _, allowed := range i.ReturnURLs {
		if a, err := url.Parse(allowed); err == nil && a.Scheme == u.Scheme && a.Host == u.Host {
			return nil
		}
	}
	return errorf(CodeInvalidReturnURL, "%s://%s is not among the returnUrls of integration %q", u.Scheme, u.Host, i.Key)
}

// withQuery adds parameters to an address that may have some.
func withQuery(raw string, pairs ...string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return raw
	}
	q := u.Query()
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}
