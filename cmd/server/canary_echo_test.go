package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// echoSpec is a connector that calls an API of its own address; client is its makeApiClient.
func echoSpec(client string) map[string]string {
	return map[string]string{
		"spec.yml": `
parametersSchema:
  type: object
  required: [baseUrl, apiUrl, clientId, clientSecret]
  properties:
    baseUrl: {type: string}
    apiUrl: {type: string}
    clientId: {type: string}
    clientSecret: {type: string, format: password}
    hidden: {type: string, format: password}
allowedHosts: [127.0.0.1]
auth:
  type: oauth2
  getOAuthConfig: {implementationType: mapping}
  makeApiClient: {implementationType: mapping}
`,
		"auth/get-oauth-config.map.yml": `
clientId: {$var: connectorParameters.clientId}
clientSecret: {$var: connectorParameters.clientSecret}
authorizeUri: {$concat: [{$var: connectorParameters.baseUrl}, /authorize]}
tokenUri: {$concat: [{$var: connectorParameters.baseUrl}, /token]}
clientAuthLocation: body
`,
		"auth/make-api-client.map.yml": client + `
responseHandlers:
  - match: {$eval: {$var: response.statusCode}, is: 410}
    error: {key: connection_is_defunct, message: {$concat: ['it says ', {$var: response.headers.x-why}]}}
`,
	}
}

// The ways in which tokens go to an API.
var echoClients = map[string]string{
	"echo-header": "baseUri: {$var: connectorParameters.apiUrl}\nheaders: {Authorization: {$concat: ['Bearer ', {$var: credentials.access_token}]}}",
	"echo-query":  "baseUri: {$var: connectorParameters.apiUrl}\nquery: {api_key: {$var: credentials.access_token}}",
	"echo-path":   "baseUri: {$concat: [{$var: connectorParameters.apiUrl}, /bot, {$var: credentials.access_token}]}",
	"echo-basic":  "baseUri: {$var: connectorParameters.apiUrl}\nauth: {username: canary, password: {$var: credentials.access_token}}",
}

// echoing are the ways of an API to say what it was sent, and to break off. %[1]s is the first line and the headers, without
// line breaks; %[2]s that in hex; %[3]s in base64; %[4]d the length of %[1]s.
var echoing = map[string]string{
	"as it is":               "HTTP/1.1 200 OK\r\nX-Echo: %[1]s\r\nContent-Length: %[4]d\r\n\r\n%[1]s",
	"as a redirect":          "HTTP/1.1 302 Found\r\nLocation: https://other.example/?%[2]s\r\nContent-Length: %[4]d\r\n\r\n%[1]s",
	"with a 401":             "HTTP/1.1 401 %[1]s\r\nWWW-Authenticate: Bearer error=\"%[3]s\"\r\nContent-Length: %[4]d\r\n\r\n%[1]s",
	"with a 403":             "HTTP/1.1 403 No\r\nX-Why: %[1]s\r\nContent-Length: %[4]d\r\n\r\n%[1]s",
	"with a 429":             "HTTP/1.1 429 Slow\r\nRetry-After: %[1]s\r\nContent-Length: 0\r\n\r\n",
	"with a 503":             "HTTP/1.1 503 %[1]s\r\nRetry-After: 0\r\nContent-Length: %[4]d\r\n\r\n%[1]s",
	"in the status line":     "HTTP/1.1 %[1]s\r\n\r\n",
	"in a header that is no": "HTTP/1.1 200 OK\r\n%[1]s\x00: x\r\n\r\n",
	"in a value that is no":  "HTTP/1.1 200 OK\r\nX-Echo: %[1]s\x00\r\nX-Hex: %[2]s\x01\r\n\r\n",
	"in a length":            "HTTP/1.1 200 OK\r\nContent-Length: %[1]s\r\n\r\n",
	"in a coding":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: %[2]s\r\n\r\n",
	"in place of an answer":  "%[1]s\r\n\r\n",
	"in a 1xx":               "HTTP/1.1 103 %[1]s\r\nX-Echo: %[1]s\r\n\r\n",
	"in a protocol":          "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: %[2]s\r\n\r\n%[1]s",
	"too short":              "HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n%[1]s",
	"in a chunk's size":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%[1]s\r\n%[1]s",
	"in a trailer":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Echo\r\n\r\n1\r\na\r\n0\r\nX-Echo %[1]s\r\n\r\n",
	"after the answer":       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nX-Echo: %[1]s\r\n\r\n%[1]s",
	"and it is dead":         "HTTP/1.1 410 Gone\r\nX-Why: %[1]s %[2]s %[3]s\r\nContent-Length: %[4]d\r\n\r\n%[1]s",
}

// echoAPI is an API on bare TCP.
type echoAPI struct {
	*httptest.Server
	mu  sync.Mutex
	say string
}

func openEchoAPI(t *testing.T) *echoAPI {
	a := &echoAPI{}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *echoAPI) says(form string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.say = form
}

func (a *echoAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a short body is echoed
	heard := r.RequestURI
	for name, values := range r.Header {
		heard += " " + name + "=" + strings.Join(values, ",")
	}
	_, password, _ := r.BasicAuth()
	heard = strings.NewReplacer("\r", " ", "\n", " ").Replace(heard + " " + password + " " + string(body))
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	a.mu.Lock()
	form := a.say
	a.mu.Unlock()
	text := fmt.Sprintf(form+"%[5]s", heard, hex.EncodeToString([]byte(heard)), base64.StdEncoding.EncodeToString([]byte(heard)), len(heard), "")
	io.WriteString(c, text)
	time.Sleep(10 * time.Millisecond) // so that what is too much is seen
}
