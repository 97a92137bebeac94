package runtime

import "testing"

func TestWhichNamesAreSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"access_token": true, "accessToken": true, "id_token": true, "refreshToken": true, "client_secret": true, "password": true, "token": true,
		"jwt": true, "client_assertion": true, "sessionId": true, "codeVerifier": true, "apiKey": true, "xoxp_token": true,
		"token_type": false, "tokenUri": false, "token_endpoint": false, "tokenExpiresIn": false, "token_expires_at": false, "code": false,
		"error_code": false, "scope": false, "name": false, "instance_url": false, "client_assertion_type": false, "key": false,
	} {
		if isSecretMember(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
