package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A reload that widens the hosts of a connector waits until somebody accepts it, or the server runs for development.
func TestNewHostsWait(t *testing.T) {
	t.Parallel()
	for _, dev := range []bool{false, true} {
		dir := t.TempDir()
		writeFolder(t, filepath.Join(dir, "good"), goodFolder("Good"))
		args := []string{"--connectors", dir}
		if dev {
			args = append(args, "--dev")
		}
		s := startServer(t, args...)
		const path = "/v1/integrations/good"
		hosts := func() string {
			m := s.Want(200, "GET", path, nil)
			return fmt.Sprint(m["hosts"], m["pendingHosts"])
		}
		s.Want(200, "PUT", path, map[string]any{"connector": "good"})
		if got := hosts(); got != "[api.example.com] []" {
			t.Errorf("%s", got)
		}
		wider := goodFolder("Good")
		wider["spec.yml"] = strings.Replace(wider["spec.yml"], "[api.example.com]", "[api.example.com, '*.evil.example']", 1)
		writeFolder(t, filepath.Join(dir, "good"), wider)
		if dev {
			eventually(t, 10*time.Second, "the hosts are taken", func() bool { return hosts() == "[*.evil.example api.example.com] []" })
			continue
		}
		eventually(t, 10*time.Second, "the new host is pending", func() bool { return hosts() == "[api.example.com] [*.evil.example]" })
		m := s.Want(200, "POST", path+"/accept", nil)
		if got := fmt.Sprint(m["hosts"], m["pendingHosts"]); got != "[*.evil.example api.example.com] []" {
			t.Errorf("%s", got)
		}
		// What was accepted and is not asked for any more needs nobody.
		writeFolder(t, filepath.Join(dir, "good"), goodFolder("Good again"))
		eventually(t, 10*time.Second, "it is loaded", func() bool { return s.Want(200, "GET", "/v1/connectors/good", nil)["name"] == "Good again" })
		if got := hosts(); !strings.HasSuffix(got, " []") {
			t.Errorf("%s", got)
		}
	}
}
