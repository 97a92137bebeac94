package runtime_test

import (
	"strings"
	"testing"

	"claviger/connectors"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// guides/security.md 22: revoke at the provider with bounded retries, erase in any case, say which.
func TestRevocationIsTriedAFewTimes(t *testing.T) {
	for times, want := range map[int]struct {
		revoked bool
		calls   int
		reason  string
	}{
		1: {true, 3, ""},              // the first fails; then each token once
		0: {false, 3, "(status 503)"}, // never answers: three tries of the first token
	} {
		r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("revokeUri: {$concat: [{$var: connectorParameters.baseUrl}, /revoke]}")}), fakeprovider.Options{})
		r.integrate("app")
		id := r.connect()
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.Revoke, Times: times})
		done, err := r.DeleteConnection(t.Context(), admin, id)
		r.ok(err)
		if calls := r.Provider.Calls(fakeprovider.Revoke); done.Revoked != want.revoked || calls != want.calls || !strings.Contains(done.Reason, want.reason) {
			t.Errorf("%d failures: %+v after %d calls, want %+v", times, done, calls, want)
		}
		if _, err := r.Connection(t.Context(), admin, id); err == nil {
			t.Error("the connection is still there")
		}
	}
}

func TestDisconnectRunsBeforeTheConnectionGoes(t *testing.T) {
	for body, want := range map[string]bool{
		"await fetch(connectorParameters.baseUrl + '/api/echo', {method: 'POST', body: 'bye ' + credentials.refresh_token})": true,
		"throw new Error('no')":           false,
		"await apiClient.post('/revoke')": false, // there is no base URI
		"await apiClient.post(connectorParameters.baseUrl + '/api/echo', 'bye ' + credentials.refresh_token)": true,
	} {
		r := newRig(t, oauth(files{
			"spec.yml":           oauth(nil)["spec.yml"] + "  disconnect: {implementationType: javascript}\n",
			"auth/disconnect.js": "exports.disconnect = async ({connectorParameters, credentials, apiClient}) => {\n" + body + "\n}\n",
		}), fakeprovider.Options{})
		id := r.connect()
		refresh := r.stored(id).Token.Refresh.Reveal()
		done, err := r.DeleteConnection(t.Context(), admin, id)
		r.ok(err)
		if done.Revoked != want || want != (done.Reason == "") || !want && !strings.Contains(done.Reason, "disconnect of connector app") {
			t.Errorf("%s: %+v", body, done)
		}
		if got := string(r.Provider.LastRequest(fakeprovider.API).Body); want && got != "bye "+refresh {
			t.Errorf("the provider heard %q", got)
		}
		if _, err := r.Connection(t.Context(), admin, id); err == nil {
			t.Error("the connection is still there")
		}
	}
}

// What cannot be revoked is erased, and it is said why it was not.
func TestDeletionWithoutARevocation(t *testing.T) {
	for name, c := range map[string]struct {
		files  files
		reason string
	}{
		"no way":           {oauth(nil), "neither a disconnect nor a revokeUri"},
		"a template error": {oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("revokeUri: {$concat: [{$var: connectorParameters.baseUrl}, /, {$var: connectionParameters.missing}]}")}), "connectionParameters.missing is missing"},
		"a secret in it": {hooked(connectors.Disconnect, "disconnect.js",
			"exports.disconnect = ({credentials}) => { throw new Error('no ' + credentials.refresh_token) }"), "no [secret]"},
	} {
		r := newRig(t, oauth(nil), fakeprovider.Options{})
		id := r.connect()
		r.reload("app", c.files)
		done, err := r.DeleteConnection(t.Context(), admin, id)
		r.ok(err)
		if done.Revoked || !strings.Contains(done.Reason, c.reason) {
			t.Errorf("%s: %+v", name, done)
		}
		_, err = r.Connection(t.Context(), admin, id)
		r.wantCode(err, runtime.CodeNotFound)
	}
}
