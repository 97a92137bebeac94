package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// tardyFolder has a hook that never ends by itself.
var tardyFolder = map[string]string{
	"spec.yml": `
name: Tardy
auth:
  type: client-credentials
  inputSchema: {type: object, required: [apiKey], properties: {apiKey: {type: string, format: password}}}
  getCredentialsFromConnectionParameters: {implementationType: javascript}
`,
	"auth/get-credentials-from-connection-parameters.js": "exports.getCredentialsFromConnectionParameters = () => new Promise(() => setTimeout(() => {}, 60000))\n",
}

// More hooks than there are workers: some run into their limit, the others are told that the server has too much to do, and
// when to come again. Both are counted.
func TestOverload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "tardy"), tardyFolder)
	s := startServer(t, "--connectors", dir, "--hook-timeout", "1s")
	s.Want(http.StatusOK, "PUT", "/v1/integrations/tardy", map[string]any{"connector": "tardy"})
	var mu sync.Mutex
	count := map[string]int{}
	err := parallel(64, func(int) error {
		a := s.API("POST", "/v1/connections", map[string]any{"integration": "tardy", "parameters": map[string]any{"apiKey": "an-api-key"}})
		mu.Lock()
		defer mu.Unlock()
		count[a.Code()]++
		switch {
		case a.Code() == "overloaded" && a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != "":
		case a.Code() == "connector_failed" && a.Status == http.StatusBadGateway && strings.Contains(a.Body, "ran longer than 1s"):
		default:
			return fmt.Errorf("%d %v %s", a.Status, a.Header, a.Body)
		}
		return nil
	})
	if err != nil || count["overloaded"] == 0 || count["connector_failed"] == 0 {
		t.Fatalf("%v, %v", count, err)
	}
	if list := s.Want(http.StatusOK, "GET", "/v1/connections", nil)["connections"].([]any); len(list) != 0 {
		t.Errorf("%d connections were kept", len(list))
	}
	metrics := s.APIAs("", "GET", "/metrics", nil).Body
	for outcome, n := range map[string]int{"overloaded": count["overloaded"], "limit:wall": count["connector_failed"]} {
		line := fmt.Sprintf(`claviger_hook_call_seconds_count{connector="tardy",method="getCredentialsFromConnectionParameters",outcome=%q} %d`, outcome, n)
		if !strings.Contains(metrics, line) {
			t.Errorf("/metrics has no line %s", line)
		}
	}
}
