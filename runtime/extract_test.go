package runtime_test

import (
	"slices"
	"testing"
	"time"

	"claviger/mapping/value"
	"claviger/runtime"
	"claviger/runtime/fakeprovider"
)

// answered makes the provider's token answers of a grant carry these fields; nil removes one.
func answered(grant string, fields map[string]any) fakeprovider.Fault {
	return fakeprovider.Fault{Mode: fakeprovider.Set, Grant: grant, Set: fields}
}

// withMethod is the folder with a further method as a mapping.
func withMethod(method, file, mapping string) files {
	return oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + "  " + method + ": {implementationType: mapping}\n", "auth/" + file + ".map.yml": mapping,
	})
}

func TestExpiryOfAnAnswer(t *testing.T) {
	at := time.Now().Add(2 * time.Hour).Truncate(time.Second)
	hour := time.Hour
	for name, c := range map[string]struct {
		fields map[string]any
		config string
		want   any // a time, a duration after the answer, or nil for unknown
	}{
		"expires_at in milliseconds":     {fields: map[string]any{"expires_at": at.UnixMilli()}, want: at},
		"expires_at in seconds":          {fields: map[string]any{"expires_at": at.Unix()}, want: at},
		"expires_at as RFC 3339":         {fields: map[string]any{"expires_at": at.Format(time.RFC3339)}, want: at},
		"expires_at before expires_in":   {fields: map[string]any{"expires_at": at.Unix(), "expires_in": 60}, want: at},
		"expires_in as a text":           {fields: map[string]any{"expires_in": "3600"}, want: hour},
		"expires_in zero":                {fields: map[string]any{"expires_in": 0}},
		"expires_in negative":            {fields: map[string]any{"expires_in": -5}},
		"nothing":                        {fields: map[string]any{"expires_in": nil}},
		"defaultExpiresIn":               {fields: map[string]any{"expires_in": nil}, config: "defaultExpiresIn: 600\n", want: 10 * time.Minute},
		"defaultExpiresIn after zero":    {fields: map[string]any{"expires_in": 0}, config: "defaultExpiresIn: 600\n", want: 10 * time.Minute},
		"expires_in before the default":  {fields: map[string]any{"expires_in": 3600}, config: "defaultExpiresIn: 600\n", want: hour},
		"expires_at that cannot be read": {fields: map[string]any{"expires_at": "soon", "expires_in": 3600}, want: hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(c.config)}), fakeprovider.Options{})
			r.Provider.Misbehave(answered("", c.fields))
			id := r.connect()
			r.wantExpiry(id, c.want)
			_, err := r.Refresh(t.Context(), admin, id)
			r.ok(err)
			r.wantExpiry(id, c.want)
		})
	}
}

func (r *rig) wantExpiry(id string, want any) {
	r.Helper()
	k := r.stored(id).Token
	switch w := want.(type) {
	case nil:
		if !k.ExpiresAt.IsZero() {
			r.Errorf("expected no known expiry, got %s", k.ExpiresAt)
		}
	case time.Duration:
		if !k.ExpiresAt.Equal(k.IssuedAt.Add(w)) {
			r.Errorf("expected an expiry %s after %s, got %s", w, k.IssuedAt, k.ExpiresAt)
		}
	case time.Time:
		if !k.ExpiresAt.Equal(w) {
			r.Errorf("expected the expiry %s, got %s", w, k.ExpiresAt)
		}
	}
}

// An extraction that drops or renames what renewal needs loses nothing: the engine keeps it apart.
func TestExtractionThatDropsEverything(t *testing.T) {
	r := newRig(t, withMethod("getCredentialsFromTokenResponse", "get-credentials-from-token-response", `
token: {$var: tokenResponse.access_token}
renewing: {$var: tokenResponse.refresh_token}
realm: {$var: queryParameters.realmId}
`), fakeprovider.Options{CallbackParams: map[string][]string{"realmId": {"4711"}}})
	id := r.connect()
	before := r.stored(id).Token
	if before.Refresh.IsEmpty() || before.ExpiresAt.IsZero() || before.Query.Text("realmId") != "4711" {
		t.Fatalf("lost: refresh %v, expiry %s, query %v", before.Refresh.IsEmpty(), before.ExpiresAt, before.Query)
	}
	first := r.credentials(id).Credentials
	if first.Text("token") != before.Access.Reveal() || first.Has("renewing") || first.Has("access_token") {
		t.Fatalf("credentials %s", r.credentials(id).JSON)
	}
	r.pass(time.Hour)
	second := r.credentials(id).Credentials
	if second.Text("token") == first.Text("token") || second.Text("realm") != "4711" {
		t.Fatalf("not renewed by the extraction with the stored query: %s", r.credentials(id).JSON)
	}
	r.pass(time.Hour)
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

func TestRefreshAnswerIsMerged(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.RotateSilent})
	r.Provider.Misbehave(answered("authorization_code", map[string]any{"instance_url": "https://a.test", "team": "one", "expires_at": time.Now().Add(time.Hour).Unix()}))
	id := r.connect()
	refresh := r.stored(id).Token.Refresh
	r.Provider.Misbehave(answered("refresh_token", map[string]any{"team": "two"}))
	r.pass(2 * time.Hour)
	c := r.credentials(id).Credentials
	if c.Text("instance_url") != "https://a.test" || c.Text("team") != "two" || c.Has("expires_at") {
		t.Errorf("merged to %s", r.credentials(id).JSON)
	}
	k := r.stored(id).Token
	if !k.Refresh.Equal(refresh) || k.Credentials.Text("refresh_token") != refresh.Reveal() {
		t.Error("an answer without refresh_token replaced the old one")
	}
	r.wantExpiry(id, time.Hour)
}

func TestTokenFields(t *testing.T) {
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig(
		"tokenFields: {access_token: data.accessToken, refresh_token: data.refreshToken, expires_in: data.expiresIn}\n")}), fakeprovider.Options{})
	r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Nested})
	id := r.connect()
	for range 2 {
		c := r.credentials(id).Credentials
		k := r.stored(id).Token
		if c.Text("access_token") != k.Access.Reveal() || k.Refresh.IsEmpty() {
			t.Fatalf("%s", r.credentials(id).JSON)
		}
		if raw, _ := c.Get("data").(*value.Object); raw.Text("accessToken") != k.Access.Reveal() || raw.Has("refreshToken") {
			t.Fatalf("the raw fields do not stay beside, or show a refresh token: %s", r.credentials(id).JSON)
		}
		r.wantExpiry(id, time.Hour)
		r.pass(time.Hour)
	}
	r.credentials(id)
	r.wantCalls("refresh_token", 2)
}

func TestLaterNamesOfExtraction(t *testing.T) {
	f := oauth(files{
		"spec.yml": oauth(nil)["spec.yml"] + `
  getCredentialsFromAccessTokenResponse: {implementationType: mapping}
  getCredentialsFromRefreshTokenResponse: {implementationType: mapping}
`,
		"auth/get-credentials-from-access-token-response.map.yml":  "from: first\nrealm: {$var: queryParameters.realmId}\n",
		"auth/get-credentials-from-refresh-token-response.map.yml": "from: {$concat: {values: [renewal of, {$var: credentials.from}], delimiter: ' '}}\n",
	})
	r := newRig(t, f, fakeprovider.Options{CallbackParams: map[string][]string{"realmId": {"4711"}}})
	id := r.connect()
	c := r.credentials(id).Credentials
	if c.Text("from") != "first" || c.Text("realm") != "4711" || c.Text("access_token") == "" {
		t.Fatalf("not laid over the token response: %s", r.credentials(id).JSON)
	}
	r.pass(time.Hour)
	d := r.credentials(id).Credentials
	if d.Text("from") != "renewal of first" || d.Text("realm") != "4711" || d.Text("access_token") == c.Text("access_token") {
		t.Fatalf("not laid over the refresh response and merged: %s", r.credentials(id).JSON)
	}
}

func TestNoRefreshToken(t *testing.T) {
	r := newRig(t, oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("noRefreshToken: true\n")}), fakeprovider.Options{})
	id := r.connect()
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeNotRefreshable)
	r.wantStatus(id, runtime.Connected)
	r.pass(59 * time.Minute)
	r.credentials(id)
	r.pass(time.Minute)
	r.refused(id, runtime.CodeReconnectRequired)
	if c := r.wantStatus(id, runtime.ReconnectRequired); c.LastError.Reason != "expired" {
		t.Errorf("%+v", c.LastError)
	}
	r.wantCalls("refresh_token", 0)
}

// A provider may narrow what it granted when it renews (RFC 6749 section 6); silence keeps what was granted before.
func TestGrantedScopes(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.Provider.Misbehave(answered("authorization_code", map[string]any{"scope": "read write"}), answered("refresh_token", map[string]any{"scope": nil}))
	id := r.connect()
	r.wantGranted(id, "read", "write")
	_, err := r.Refresh(t.Context(), admin, id)
	r.ok(err)
	r.wantGranted(id, "read", "write")
	r.Provider.Misbehave(answered("refresh_token", map[string]any{"scope": "read"}))
	_, err = r.Refresh(t.Context(), admin, id)
	r.ok(err)
	r.wantGranted(id, "read")
}

func (r *rig) wantGranted(id string, want ...string) {
	r.Helper()
	if got := r.stored(id).Granted; !slices.Equal(got, want) {
		r.Errorf("granted %q, want %q", got, want)
	}
}

// A connector that says noRefreshToken later is believed from then on.
func TestNoRefreshTokenSaidLater(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.reload("app", oauth(files{"auth/get-oauth-config.map.yml": oauthConfig("noRefreshToken: true\n")}))
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeNotRefreshable)
	r.pass(time.Hour)
	r.refused(id, runtime.CodeReconnectRequired)
	r.wantCalls("refresh_token", 0)
}
