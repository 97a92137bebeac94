package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"claviger/runtime/fakeprovider"
)

// The timeline over HTTP: by pages, within a key's limits, with what hooks print where the integration asks for it.
func TestEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "talking"), map[string]string{
		"spec.yml": tardyFolder["spec.yml"],
		"auth/get-credentials-from-connection-parameters.js": `exports.getCredentialsFromConnectionParameters = ({connectionParameters: p}) => {
			console.warn('got', p);
			return {key: p.apiKey};
		};`,
	})
	s := openShop(t, fakeprovider.Options{}, "--connectors", dir)
	const key = "an-api-key-0123456789"
	path := "/v1/integrations/talking"
	m := s.Want(http.StatusOK, "PUT", path, map[string]any{"connector": "talking", "hookLogs": true})
	if m["hookLogs"] != true || s.Want(http.StatusOK, "GET", path, nil)["hookLogs"] != true {
		t.Errorf("%v", m)
	}
	id, _ := s.Connect(map[string]any{"integration": "talking", "owner": "acme", "parameters": map[string]any{"apiKey": key}})
	events := "/v1/connections/" + id + "/events"
	a := s.API("GET", events, nil)
	list := a.JSON(t)["events"].([]any)
	if len(list) != 2 || a.JSON(t)["nextCursor"] != nil || strings.Contains(a.Body, key) {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	first, second := list[0].(map[string]any), list[1].(map[string]any)
	if first["kind"] != "authorized" || first["message"] != "connected" || first["at"] == nil || first["id"] == second["id"] {
		t.Errorf("%v", first)
	}
	if second["kind"] != "console" || second["level"] != "warn" || second["method"] != "getCredentialsFromConnectionParameters" || second["message"] != "got { apiKey: '[secret]' }" {
		t.Errorf("%v", second)
	}
	if log := s.Log(); !strings.Contains(log, `level=WARN msg=console text="got { apiKey: '[secret]' }"`) || strings.Contains(log, key) {
		t.Error("the log does not hold what was printed, or holds more")
	}

	m = s.Want(http.StatusOK, "GET", events+"?limit=1", nil)
	next := fmt.Sprint(m["nextCursor"])
	m = s.Want(http.StatusOK, "GET", events+"?limit=1&cursor="+next, nil)
	if list := m["events"].([]any); len(list) != 1 || fmt.Sprint(list[0]) != fmt.Sprint(second) || m["nextCursor"] != nil {
		t.Errorf("%v", m)
	}
	for query, code := range map[string]string{"?cursor=x": "invalid_request", "?limit=0": "invalid_request", "?limit=1001": "invalid_request", "?kind=x": "invalid_request"} {
		refused(t, s.API("GET", events+query, nil), 400, code)
	}
	_, other := s.Key("--scope", "use", "--owner", "other")
	_, own := s.Key("--scope", "use", "--owner", "acme")
	refused(t, s.APIAs(other, "GET", events, nil), 404, "not_found")
	refused(t, s.APIAs("", "GET", events, nil), 401, "unauthorized")
	if a := s.APIAs(own, "GET", events, nil); a.Status != http.StatusOK {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	s.Want(http.StatusOK, "PUT", path, map[string]any{"connector": "talking"})
	id, _ = s.Connect(map[string]any{"integration": "talking", "parameters": map[string]any{"apiKey": key}})
	if list := s.Want(http.StatusOK, "GET", "/v1/connections/"+id+"/events", nil)["events"].([]any); len(list) != 1 {
		t.Errorf("%v", list)
	}
}
