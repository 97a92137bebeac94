package runtime_test

import (
	"testing"

	"claviger/runtime/fakeprovider"
)

// guides/security.md 22: revoke at the provider with bounded retries, erase in any case, say which.
func TestRevocationIsTriedAFewTimes(t *testing.T) {
	for times, want := range map[int]struct {
		revoked bool
		calls   int
	}{
		1: {true, 3},  // the first fails; then each token once
		0: {false, 3}, // never answers: three tries of the first token
	} {
		r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("revokeUri: {$concat: [{$var: connectorParameters.baseUrl}, /revoke]}")}), fakeprovider.Options{})
		r.integrate("app")
		id := r.connect()
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Unavailable, On: fakeprovider.Revoke, Times: times})
		gone, err := r.DeleteConnection(t.Context(), admin, id)
		r.ok(err)
		if calls := r.Provider.Calls(fakeprovider.Revoke); gone.Revoked != want.revoked || calls != want.calls {
			t.Errorf("%d failures: revoked %v after %d calls, want %+v", times, gone, calls, want)
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
		gone, err := r.DeleteConnection(t.Context(), admin, id)
		r.ok(err)
		if gone.Revoked != want || gone.Revoked == (gone.Message != "") {
			t.Errorf("%s: revoked %+v", body, gone)
		}
		if got := string(r.Provider.LastRequest(fakeprovider.API).Body); want && got != "bye "+refresh {
			t.Errorf("the provider heard %q", got)
		}
		if _, err := r.Connection(t.Context(), admin, id); err == nil {
			t.Error("the connection is still there")
		}
	}
}
