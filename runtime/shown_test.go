package runtime_test

import (
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// What a connection shows never holds a secret, whatever the connector makes of the credentials (interfaces.md, GET
// /v1/connections/{id}).
func TestNoSecretInLabelAndAccount(t *testing.T) {
	r := newRig(t, oauth(files{
		"auth/get-connection-label.map.yml": `{$concat: ["at ", {$var: credentials.access_token}]}`,
		"auth/get-account-id.map.yml":       `{$var: credentials.access_token}`,
	}), fakeprovider.Options{})
	r.integrate("app")
	id := r.connect()
	token := r.credentials(id).Credentials.Text("access_token")
	c := r.stored(id)
	if strings.Contains(c.Label+c.AccountID, token) || c.Label != "at [secret]" || c.AccountID != "" {
		t.Errorf("label %q, account %q", c.Label, c.AccountID)
	}
}
