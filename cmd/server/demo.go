package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// demo is the built-in provider beside the server.
type demo struct {
	url    string
	engine *runtime.Engine
	kept   string // what becomes of the records at the end
}

// startDemo starts the provider on loopback and opens the guard for it. Without a --data of its own the demo keeps its
// records in a temporary folder, which goes with it.
func (h *house) startDemo(s *serveCommand) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("cannot start the demo's provider: %w", err)
	}
	address := listener.Addr().String()
	h.demo = &demo{url: "http://" + address}
	server := &http.Server{Handler: fakeprovider.New(fakeprovider.DemoOptions())}
	go func() { _ = server.Serve(listener) }() // ends with ErrServerClosed when the house closes
	h.atEnd(func() { h.complain("closing the demo's provider", server.Close()) })
	s.EgressAllow = append(s.EgressAllow, "127.0.0.1")
	if s.Data == defaultData && s.embedded() {
		if s.Data, err = os.MkdirTemp("", "claviger-demo-"); err != nil {
			return err
		}
		h.atEnd(func() { h.complain("removing the demo's data", os.RemoveAll(s.Data)) })
		h.demo.kept = " Its records are in a temporary folder and go with it; --data keeps them."
	}
	return nil
}

// introduce makes the demo's integration and a connection, and prints what to try.
func (d *demo) introduce(w *world, s serveCommand) error {
	admin := &runtime.Caller{Scopes: []runtime.Scope{runtime.ScopeAdmin}}
	_, err := d.engine.PutIntegration(w.ctx, admin, runtime.NewIntegration{
		Key: "demo", Connector: "demo", Parameters: value.Of(
			"baseUrl", d.url, "clientId", fakeprovider.DemoClientID, "clientSecret", fakeprovider.DemoClientSecret),
	})
	if err != nil {
		return err
	}
	created, err := d.engine.CreateConnection(context.WithoutCancel(w.ctx), admin, runtime.NewConnection{Integration: "demo", Owner: "you"})
	if err != nil {
		return err
	}
	key := "$CLAVIGER_API_KEY"
	if os.Getenv("CLAVIGER_API_KEY") == "" {
		key = "$(cat " + filepath.Join(s.Data, "admin.key") + ")"
	}
	_, err = strings.NewReplacer("LINK", created.ConnectURL, "SERVER", s.publicURL(), "KEY", key, "ID", created.Connection.ID, "PROVIDER", d.url, "DATA", d.kept).
		WriteString(w.stdout, introduction)
	return err
}

// introduction is what --demo prints; every line of it works as it stands.
const introduction = `
Claviger runs at SERVER with a demo provider at PROVIDER.

1. Open this link in a browser within ten minutes and allow:
     LINK
   or by curl alone:
     jar=$(mktemp)
     authorize=$(curl -s -c $jar -o /dev/null -w '%{redirect_url}' LINK)
     curl -s -L -b $jar "$authorize&approve=1" | grep '<h1>'

2. See the token, and what is known of the connection:
     curl -s -w '\n' -H "Authorization: Bearer KEY" SERVER/v1/connections/ID/credentials
     curl -s -H "Authorization: Bearer KEY" SERVER/v1/connections/ID

3. The token lives for a minute. Read it again after that: it is another one, renewed once for all readers.
     curl -s -w '\n' -H "Authorization: Bearer KEY" SERVER/v1/connections/ID/credentials

4. Make the provider refuse, and see the error when the token is renewed now:
     curl -s -o /dev/null PROVIDER/control -d '{"mode":"invalid_grant"}'
     curl -s -X POST -H "Authorization: Bearer KEY" SERVER/v1/connections/ID/refresh
   Honest again, and a new link for the same connection (also when the first has expired):
     curl -s -o /dev/null PROVIDER/control -d '{"mode":"ok"}'
     curl -s -X POST -H "Authorization: Bearer KEY" SERVER/v1/connections/ID/reconnect

Ctrl-C ends it all.DATA
`
