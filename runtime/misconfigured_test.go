package runtime_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/grant"
)

// other is another node on the rig's store.
func (r *rig) other() *runtime.Engine {
	r.Helper()
	config := r.config
	config.Node = "node_of_another"
	e, err := runtime.New(config)
	r.ok(err)
	r.Cleanup(e.Close)
	return e
}

// What is held against an integration is known to all nodes, and is gone with a PUT on any of them: with other parameters,
// or with the same, which is how an administrator says that it was mended at the provider.
func TestPutClearsWhatIsHeldOnAllNodes(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	one, two := r.connect(), r.connect()
	nodes := []*runtime.Engine{r.Engine, r.other()}
	read := func(e *runtime.Engine, id string) error {
		_, err := e.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
		return err
	}
	for _, parameters := range []*value.Object{nil, value.Of("baseUrl", r.Base, "clientId", "client", "clientSecret", "client-secret-0123456789")} {
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.OAuthError, Error: "unauthorized_client", Grant: "refresh_token"})
		calls := r.Provider.TokenCalls("refresh_token")
		r.pass(hour)
		r.wantCode(read(nodes[0], one), runtime.CodeMisconfigured)
		r.pass(time.Second) // what nodes remember of an integration
		for _, e := range nodes {
			r.wantCode(read(e, one), runtime.CodeMisconfigured)
			r.wantCode(read(e, two), runtime.CodeMisconfigured)
		}
		r.wantCalls("refresh_token", calls+1)
		r.Provider.Misbehave()
		_, err := nodes[1].PutIntegration(t.Context(), admin, runtime.NewIntegration{Key: "app", Connector: "app", Parameters: parameters})
		r.ok(err)
		r.pass(time.Second)
		r.ok(read(nodes[0], one))
		r.ok(read(nodes[1], two))
	}
}

// An attempt with the old parameters that fails after they have been replaced holds nobody back.
func TestPutDuringAnAttempt(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(hour)
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, Grant: "refresh_token", DelayMS: 400},
		fakeprovider.Fault{Mode: fakeprovider.InvalidClient, Grant: "refresh_token"})
	failed := make(chan error)
	go func() {
		_, err := r.Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
		failed <- err
	}()
	r.eventually("the renewal is sent", func() bool { return r.Provider.TokenCalls("refresh_token") > 0 })
	r.integrate("app")
	r.wantCode(<-failed, runtime.CodeMisconfigured)
	if i, err := r.Integration(t.Context(), admin, "app"); err != nil || i.Misconfigured != nil {
		t.Errorf("%v, held for %+v", err, i.Misconfigured)
	}
	r.Provider.Misbehave()
	r.credentials(id)
}

// A configuration that cannot work is one alert, however many connections meet it; each keeps its state.
func TestOneAlertForAnIntegration(t *testing.T) {
	for name, c := range map[string]struct {
		files files
		fault fakeprovider.Fault
	}{
		"a template error": {oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("refreshUri: {$concat: [{$var: connectorParameters.baseUrl}, /, {$var: connectionParameters.missing}]}\n")}), fakeprovider.Fault{}},
		"invalid_scope":    {oauth(nil), fakeprovider.Fault{Mode: fakeprovider.OAuthError, Error: "invalid_scope"}},
		"discovery":        {oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("issuer: {$concat: [{$var: connectorParameters.baseUrl}, /nowhere]}\n")}), fakeprovider.Fault{}},
		"the client":       {oauth(nil), fakeprovider.Fault{Mode: fakeprovider.InvalidClient}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, oauth(nil), fakeprovider.Options{})
			ids := []string{r.connect(), r.connect(), r.connect()}
			var log bytes.Buffer
			r.config.Log = slog.New(slog.NewTextHandler(&log, nil))
			r.restart()
			r.reload("app", c.files)
			if c.fault.Mode != "" {
				r.Provider.Misbehave(c.fault)
			}
			r.pass(hour)
			calls := r.Provider.Calls("")
			for range 3 {
				for _, id := range ids {
					e := r.refused(id, runtime.CodeMisconfigured)
					if e.Failure == nil || e.Failure.Class != grant.Misconfigured {
						t.Errorf("%+v", e)
					}
					if c := r.wantStatus(id, runtime.Connected); r.RefreshState(c) != runtime.RefreshFailing && name != "the client" {
						t.Errorf("%s", r.RefreshState(c))
					}
				}
				if calls == r.Provider.Calls("") && name != "a template error" && name != "discovery" {
					t.Error("nothing was asked")
				}
				r.pass(hour)
			}
			if n := strings.Count(log.String(), "integration is misconfigured"); n != 1 {
				t.Errorf("%d alerts:\n%s", n, log.String())
			}
			if strings.Contains(log.String(), "renewal failed") {
				t.Errorf("and more:\n%s", log.String())
			}
			again := r.Provider.Calls("")
			for _, id := range ids {
				r.refused(id, runtime.CodeMisconfigured)
			}
			if n := r.Provider.Calls(""); n != again {
				t.Errorf("asked %d times more", n-again)
			}
			r.Provider.Misbehave()
			r.reload("app", oauth(nil))
			r.integrate("app")
			for _, id := range ids {
				r.credentials(id)
			}
		})
	}
}
