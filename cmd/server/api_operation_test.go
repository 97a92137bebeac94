package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"claviger/runtime/fakeprovider"
)

// files is a small good connector.
func goodFolder(name string) map[string]string {
	return map[string]string{
		"spec.yml":                     "name: " + name + "\nallowedHosts: [api.example.com]\nauth:\n  type: oauth2\n  getOAuthConfig: {implementationType: mapping}\n",
		"auth/get-oauth-config.yml":    "clientId: id\nauthorizeUri: https://api.example.com/a\ntokenUri: https://api.example.com/t\nclientAuthLocation: none\n",
		"auth/get-connection-label.js": "exports.getConnectionLabel = () => 'label';\n",
	}
}

// Folders are watched: what changes is loaded, what becomes bad goes on as it was and is told, what is taken twice counts
// once unless somebody says which.
func TestConnectorsAreWatched(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	writeFolder(t, filepath.Join(one, "good"), goodFolder("Good"))
	writeFolder(t, filepath.Join(one, "bad"), map[string]string{"spec.yml": "nmae: Bad\nauth:\n  type: oauth2\n"})
	writeFolder(t, filepath.Join(one, "shared"), goodFolder("From one"))
	writeFolder(t, filepath.Join(one, "taken"), goodFolder("Taken, from one"))
	writeFolder(t, filepath.Join(two, "shared"), goodFolder("From two"))
	writeFolder(t, filepath.Join(two, "taken"), goodFolder("Taken, from two"))
	s := startServer(t, "--connectors", one, "--connectors", two, "--override", "taken")
	named := func(key string) any {
		a := s.API("GET", "/v1/connectors/"+key, nil)
		if a.Status != http.StatusOK {
			return a.Code()
		}
		return a.JSON(t)["name"]
	}
	findings := func() string { return fmt.Sprint(s.Want(200, "GET", "/v1/connectors", nil)["findings"]) }

	m := s.Want(200, "GET", "/v1/connectors/good", nil)
	methods := m["methods"].(map[string]any)
	if m["type"] != "oauth2" || methods["getOAuthConfig"] != "mapping" || methods["getConnectionLabel"] != "javascript" || fmt.Sprint(m["hosts"]) != "[api.example.com]" {
		t.Errorf("%v", m)
	}
	if named("bad") != "not_found" || named("shared") != "From one" || named("taken") != "Taken, from two" {
		t.Errorf("%v %v %v", named("bad"), named("shared"), named("taken"))
	}
	for _, want := range []string{"bad/spec.yml", `unknown key "nmae"`, `did you mean "name"?`, `the key "shared" is loaded already`, "line:1"} {
		if !strings.Contains(findings(), want) {
			t.Errorf("%q is not among the findings: %s", want, findings())
		}
	}
	if strings.Contains(findings(), `"taken" is loaded`) {
		t.Error(findings())
	}

	writeFolder(t, filepath.Join(one, "good"), goodFolder("Better"))
	writeFolder(t, filepath.Join(one, "new"), goodFolder("New"))
	writeFolder(t, filepath.Join(one, "bad"), goodFolder("Mended"))
	eventually(t, 10*time.Second, "the changes are loaded", func() bool {
		return named("good") == "Better" && named("new") == "New" && named("bad") == "Mended"
	})
	writeFolder(t, filepath.Join(one, "good"), map[string]string{"auth/get-oauth-config.yml": "clientId: {$vra: x}\n"})
	eventually(t, 10*time.Second, "the mistake is told", func() bool { return strings.Contains(findings(), "$vra") })
	if named("good") != "Better" {
		t.Errorf("a mistake took the connector away: %v", named("good"))
	}
	if err := os.RemoveAll(filepath.Join(one, "new")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(one, "shared")); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "what is gone is gone", func() bool { return named("new") == "not_found" && named("shared") == "From two" })
	if a := get(t, s.URL+"/readyz"); a.Status != http.StatusOK {
		t.Errorf("%s", a.Body)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	if a := get(t, s.URL+"/healthz"); a.Status != http.StatusOK || a.Body != "{\"status\":\"alive\"}\n" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	sandboxed := regexp.MustCompile(`^map\[checks:map\[connectors:ok data:ok hookSandbox:.*no_new_privs, seccomp.* store:ok\] ready:true\]$`)
	if a := get(t, s.URL+"/readyz"); a.Status != http.StatusOK || !sandboxed.MatchString(fmt.Sprint(a.JSON(t))) {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	// Not even root can write into a folder that is not there.
	if err := os.Rename(s.Data, s.Data+" moved"); err != nil {
		t.Fatal(err)
	}
	a := get(t, s.URL+"/readyz")
	if a.Status != http.StatusServiceUnavailable || a.JSON(t)["ready"] != false || a.JSON(t)["checks"].(map[string]any)["data"] != "the data folder cannot be written" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := get(t, s.URL+"/healthz"); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if err := os.Rename(s.Data+" moved", s.Data); err != nil {
		t.Fatal(err)
	}
	if a := get(t, s.URL+"/readyz"); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestNotReadyWithoutConnectors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "bad"), map[string]string{"spec.yml": "auth: {}\n"})
	s := &testServer{t: t, Data: t.TempDir(), args: []string{"--connectors", dir}, log: &lockedBuffer{}, URL: "http://" + freeAddress(t)}
	s.launch()
	t.Cleanup(s.Stop)
	eventually(t, 20*time.Second, "the server answers", func() bool {
		r, err := http.Get(s.URL + "/healthz")
		if err == nil {
			r.Body.Close()
		}
		return err == nil
	})
	a := get(t, s.URL+"/readyz")
	if a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Body, "no connector is loaded") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	writeFolder(t, filepath.Join(dir, "good"), goodFolder("Good"))
	eventually(t, 10*time.Second, "it is ready", func() bool { return get(t, s.URL+"/readyz").Status == http.StatusOK })
}

// Labels have a bounded number of values: no ids, no owners, no secrets, nothing that a stranger can make up.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-hooks", map[string]any{"parameters": s.parameters(map[string]any{"tokenUri": s.base + "/token", "profileUri": s.base + "/api/me"})})
	id := s.Connected("oauth-hooks", "an owner")
	s.Want(200, "GET", "/v1/connections/"+id+"/credentials", nil)
	s.Want(200, "POST", "/v1/connections/"+id+"/refresh", nil)
	s.raw("BREW", "/v1/connections", "", "")
	s.raw("GET", "/made/up/path-4711", "", "")
	s.raw("GET", "/connect/made-up-4711", "", "")
	s.raw("GET", "/oauth/callback/made-up-4711?state=x", "", "")
	text := get(t, s.URL+"/metrics").Body
	for _, want := range []string{
		`claviger_http_request_seconds_count{method="other",route="/v1/connections",status="405"} 1`,
		`claviger_http_request_seconds_count{method="GET",route="none",status="404"} 1`,
		`claviger_http_request_seconds_count{method="GET",route="/v1/connections/:id/credentials",status="200"} 1`,
		`claviger_authorizations_total{integration="oauth-hooks",outcome="connected"} 1`,
		`claviger_token_call_seconds_count{integration="oauth-hooks",operation="exchange",outcome="ok"} 1`,
		`claviger_token_call_seconds_count{integration="oauth-hooks",operation="refresh",outcome="ok"} 1`,
		`claviger_hook_call_seconds_count{connector="oauth-hooks",method="getTokenData",outcome="ok"} 1`,
		"claviger_credentials_reads_total", "go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, secret := range append(s.provider.Secrets(), id, "con_", "key_", "owner", "4711", "BREW", adminKey) {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the metrics", secret)
		}
	}
}

// A waiting caller does not hold a server that is told to stop, and the process ends well.
func TestStoppingAnswersWhoWaits(t *testing.T) {
	t.Parallel()
	s := openShop(t, fakeprovider.Options{})
	s.Integrate("oauth-body", nil)
	id, _ := s.Connect(map[string]any{"integration": "oauth-body"})
	waited := make(chan answer, 1)
	go func() { waited <- s.API("GET", "/v1/connections/"+id+"?wait=5m", nil) }()
	time.Sleep(300 * time.Millisecond)
	began := time.Now()
	s.Stop()
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if a := <-waited; a.Status != http.StatusOK || a.JSON(t)["status"] != "pending" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit status %d: %s", code, s.Log())
	}
}

// The description is valid OpenAPI 3.1 and describes everything: every route of the contract, what each needs, and how
// each fails.
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	text := get(t, s.URL+"/openapi.json").Body
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("../../testdata/openapi/schema-3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(doc); err != nil {
		t.Errorf("%v", err)
	}
	root := doc.(map[string]any)
	for _, ref := range regexp.MustCompile(`"\$ref":"#([^"]*)"`).FindAllStringSubmatch(text, -1) {
		at := any(root)
		for _, part := range strings.Split(ref[1], "/")[1:] {
			at = at.(map[string]any)[part]
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	paths := root["paths"].(map[string]any)
	for _, route := range strings.Fields(`
		GET/healthz GET/readyz GET/metrics GET/openapi.json GET/client.js
		GET/v1/connectors GET/v1/connectors/{key}
		GET/v1/integrations PUT/v1/integrations/{key} GET/v1/integrations/{key} DELETE/v1/integrations/{key} POST/v1/integrations/{key}/accept
		POST/v1/connections GET/v1/connections GET/v1/connections/{id} DELETE/v1/connections/{id} POST/v1/connections/{id}/reconnect
		GET/v1/connections/{id}/credentials POST/v1/connections/{id}/refresh POST/v1/connections/{id}/test POST/v1/connections/{id}/complete
		GET/v1/connections/{id}/events GET/v1/connections/{id}/proxy/{path} POST/v1/connections/{id}/proxy/{path}
		PUT/v1/connections/{id}/values/{name} GET/v1/connections/{id}/values/{name} DELETE/v1/connections/{id}/values/{name}
		PUT/v1/integrations/{key}/values/{name} GET/v1/integrations/{key}/values/{name} DELETE/v1/integrations/{key}/values/{name}
		POST/v1/sessions DELETE/v1/sessions/{id}
		GET/connect/{token} POST/connect/{token} GET/oauth/callback/{integration} POST/oauth/callback/{integration}`) {
		method, path, _ := strings.Cut(route, "/")
		item, _ := paths["/"+path].(map[string]any)
		op, _ := item[strings.ToLower(method)].(map[string]any)
		if op == nil {
			t.Errorf("%s is not described", route)
			continue
		}
		security, ownSecurity := op["security"].([]any)
		if secured := !ownSecurity || len(security) > 0; secured != strings.HasPrefix(path, "v1/") {
			t.Errorf("%s: secured %v", route, secured)
		}
		for status, r := range op["responses"].(map[string]any) {
			if content, _ := r.(map[string]any)["content"].(map[string]any); status >= "400" && strings.HasPrefix(path, "v1/") && content["application/problem+json"] == nil {
				t.Errorf("%s %s is no problem document: %v", route, status, r)
			}
		}
	}
	if strings.Contains(text, "ErrorModel") || !strings.Contains(text, `"Problem"`) {
		t.Error("errors are described otherwise than they are")
	}
	if root["openapi"] != "3.1.0" || root["components"].(map[string]any)["securitySchemes"] == nil || root["security"] == nil {
		t.Errorf("%v", root["openapi"])
	}
}
