package fakeprovider

import (
	"embed"
	"io/fs"
	"time"
)

// The client of the demo. Its secret is no secret: it opens nothing but the demo provider on loopback.
const (
	DemoClientID     = "claviger-demo"
	DemoClientSecret = "claviger-demo-secret"
	// DemoLifetime is how long the demo's access tokens live: short, so that a renewal can be watched.
	DemoLifetime = 60 * time.Second
)

// DemoOptions are the options of the demo's provider: one client with the redirect URIs given (none: any), PKCE required,
// access tokens of DemoLifetime, refresh tokens that rotate.
func DemoOptions(redirectURIs ...string) Options {
	return Options{
		Clients:     []Client{{ID: DemoClientID, Secret: DemoClientSecret, Auth: AuthStrict, RedirectURIs: redirectURIs}},
		Lifetime:    DemoLifetime,
		SendIss:     true,
		RequirePKCE: true,
		Keep:        100,
	}
}

//go:embed demo
var demo embed.FS

// DemoConnector is the connector folder of the demo (spec.yml is at its root). Its connectorParameters are baseUrl (the
// provider's base URL), clientId and clientSecret.
func DemoConnector() fs.FS {
	folder, err := fs.Sub(demo, "demo")
	if err != nil {
		panic(err) // the name above is valid
	}
	return folder
}
