package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// blocks are the shell blocks of a document.
func blocks(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	return out
}

// reader follows a document in an empty folder, in one shell after the other.
type reader struct {
	t       *testing.T
	dir     string
	address string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{t, t.TempDir(), freeAddress(t)}
	if err := os.Symlink(self, r.dir+"/claviger"); err != nil {
		t.Fatal(err)
	}
	return r
}

// script is a block with the one thing that a test cannot take as it is: the port.
func (r *reader) script(block string) *exec.Cmd {
	c := exec.Command("bash", "-e", "-c", strings.ReplaceAll(block, "127.0.0.1:8080", r.address))
	c.Dir = r.dir
	c.Env = append(os.Environ(), "CLAVIGER_TEST_MAIN=1", "CLAVIGER_LISTEN="+r.address, "CLAVIGER_API_KEY=")
	return c
}

func (r *reader) run(block string) string {
	r.t.Helper()
	out, err := r.script(block).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s\n%s", err, block, out)
	}
	return string(out)
}

// serve runs a block whose last line does not end.
func (r *reader) serve(block string) {
	r.t.Helper()
	log := &lockedBuffer{}
	c := r.script(strings.Replace(block, "./claviger --demo", "exec ./claviger --demo", 1))
	c.Stdout, c.Stderr = log, log
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	s := &testServer{t: r.t, cmd: c, done: make(chan error, 1)}
	go func() { s.done <- c.Wait() }()
	r.t.Cleanup(s.Stop)
	eventually(r.t, 20*time.Second, "the demo runs", func() bool { return strings.Contains(log.String(), "Ctrl-C ends it all") })
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("no %s in %s", p, text)
		}
	}
}

// The README's first connector is made as it says, step by step.
func TestTheFirstConnectorOfTheReadme(t *testing.T) {
	t.Parallel()
	b := blocks(t, "README.md")
	if len(b) != 6 {
		t.Fatalf("%d blocks", len(b))
	}
	r := newReader(t)
	r.run(b[1])
	wantIn(t, r.run(b[2]), `{"clientId":"me","clientSecret":"hush","clientAuthLocation":"headers","authorizeUri":"https://acme.example/authorize"`)
	r.serve(b[3])
	out := r.run(b[4])
	link := regexp.MustCompile(`"connectUrl":"([^"]+)"`).FindStringSubmatch(out)
	if link == nil {
		t.Fatal(out)
	}
	browser := newBrowser(t)
	_, authorize := browser.Get(link[1])
	if a, _ := browser.Follow(authorize + "&approve=1"); !strings.Contains(a.Body, "<h1>Connected</h1>") {
		t.Fatalf("%s", a.Body)
	}
	wantIn(t, r.run("export CLAVIGER_API_KEY=choose-a-long-random-text\n"+regexp.MustCompile(`(?m)^api\(\).*$`).FindString(b[4])+"\n"+b[5]),
		`"status":"connected"`, `"label":"Account demo-user"`, `"access_token":"fpat_`)
}

// Each line of docs/http.md is run against a server, and only what it says would fail fails.
func TestTheCurlLinesOfTheDocumentation(t *testing.T) {
	t.Parallel()
	b := blocks(t, "docs/http.md")
	r := newReader(t)
	const key = "export CLAVIGER_API_KEY=choose-a-long-random-text\n"
	r.serve(key + "./claviger --demo")
	out := r.run(key + strings.Join(b, ""))
	codes := regexp.MustCompile(`"code":"([a-z_]+)"`).FindAllStringSubmatch(out, -1)
	var said []string
	for _, c := range codes {
		said = append(said, c[1])
	}
	if got := fmt.Sprint(said); got != "[flow_refused not_connected not_connected not_connected]" {
		t.Errorf("%s in\n%s", got, out)
	}
	wantIn(t, out, `"secretParameters":["clientSecret"]`, `"connectUrl":"http`, `"deleted":true`, `"status":"alive"`, `"ready":true`, "claviger_http_request_seconds", "Claviger-Upstream: 1", `"value":"acme"`, `"openapi":"3.1.0"`)
}
