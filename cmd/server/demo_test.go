package main

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// startDemo runs `claviger --demo` as the README says, and returns the lines that it prints to be tried: the link first.
func startDemo(t *testing.T) (*testServer, []string) {
	t.Helper()
	s := &testServer{t: t, log: &lockedBuffer{}, noKey: true}
	s.cmd = s.program("--demo", "--listen", "127.0.0.1:0")
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.done = make(chan error, 1)
	go func() { s.done <- s.cmd.Wait() }()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("%s", s.Log())
		}
	})
	eventually(t, 20*time.Second, "the demo says what to try", func() bool { return strings.Contains(s.Log(), "Ctrl-C ends it all") })
	var lines []string
	for line := range strings.Lines(s.Log()) {
		if try, ok := strings.CutPrefix(line, "     "); ok {
			lines = append(lines, strings.TrimSpace(try))
		}
	}
	s.URL = regexp.MustCompile(`http://[0-9.:]+`).FindString(lines[0])
	return s, lines
}

// Every line that --demo prints is run as it stands, in one shell.
func TestTheDemoByCurl(t *testing.T) {
	t.Parallel()
	_, lines := startDemo(t)
	if len(lines) != 11 {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	run := func(lines ...string) []string {
		t.Helper()
		out, err := exec.Command("bash", "-c", "set -e\n"+strings.Join(lines, "\necho @@@\n")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, strings.Join(lines, "\n"), out)
		}
		return strings.Split(string(out), "@@@\n")
	}
	wants := func(what, text string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(text, p) {
				t.Errorf("%s: no %s in %s", what, p, text)
			}
		}
	}
	out := run(lines[1:6]...)
	wants("connect", out[2], "<h1>Connected</h1>")
	wants("token", out[3], `{"credentials":{"access_token":"`, `"expiresAt":"`)
	wants("connection", out[4], `"status":"connected"`, `"owner":"you"`)

	first := out[3]
	eventually(t, 70*time.Second, "the token is another one", func() bool {
		time.Sleep(time.Second)
		return run(lines[6])[0] != first
	})
	out = run(lines[7:]...)
	wants("refusal", out[1], `"code":"reconnect_required"`, "invalid_grant")
	wants("new link", out[3], `"connectUrl":"http://127.0.0.1:`)
}
