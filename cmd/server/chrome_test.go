package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"claviger/runtime/fakeprovider"
)

// chrome is a real browser with one tab.
type chrome struct {
	t   *testing.T
	ctx context.Context

	mu   sync.Mutex
	said []string                   // on the console and in the browser's own log
	sent []sent                     // over the network, where that is asked for
	ways map[network.RequestID]bool // of requests that led from one page to another
}

// sent is an event of the network's.
type sent struct {
	request network.RequestID
	text    string
}

// openChrome starts Chromium without a window. It must be there: .ci/run installs it.
func openChrome(t *testing.T) *chrome {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is needed for this test: apt-get install --no-install-recommends chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(t.TempDir(), "profile")), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	c := &chrome{t: t, ways: map[network.RequestID]bool{}}
	if err := chromedp.Listen(ctx, c.listen); err != nil {
		t.Fatal(err)
	}
	c.ctx, stop = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	c.do(func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, log.Enable, cdp.Empty{})
		return chromedp.Void{}, err
	})
	return c
}

// listen takes what pages and the browser say.
func (c *chrome) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled, *runtime.EventExceptionThrown, *log.EventEntryAdded:
		text, _ := json.Marshal(event) // they came as JSON
		c.mu.Lock()
		defer c.mu.Unlock()
		c.said = append(c.said, string(text))
	case *network.EventRequestWillBeSent:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ways[e.RequestID] = e.Type == network.ResourceTypeDocument
		c.sees(e.RequestID, e)
	case *network.EventRequestWillBeSentExtraInfo:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sees(e.RequestID, e)
	case *network.EventResponseReceived:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sees(e.RequestID, e)
	case *network.EventResponseReceivedExtraInfo:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sees(e.RequestID, e)
	}
}

func (c *chrome) sees(id network.RequestID, event any) {
	text, _ := json.Marshal(event) // they came as JSON
	c.sent = append(c.sent, sent{id, string(text)})
}

// network is the log of what the page itself has sent and got, bodies included, without the ways from one page to another.
func (c *chrome) network() (log []string) {
	c.t.Helper()
	c.mu.Lock()
	events := slices.Clone(c.sent)
	c.mu.Unlock()
	bodies := map[network.RequestID]bool{}
	for _, e := range events {
		c.mu.Lock()
		way := c.ways[e.request]
		c.mu.Unlock()
		if way {
			continue
		}
		log = append(log, e.text)
		if _, known := bodies[e.request]; !known {
			body, err := chromedp.Run(c.ctx, func(ctx context.Context, tab *chromedp.Target) (network.GetResponseBodyResult, error) {
				return cdp.Call(ctx, tab, network.GetResponseBody, network.GetResponseBodyParams{RequestID: e.request})
			})
			log, bodies[e.request] = append(log, string(body.Body)), err == nil // of earlier pages they are gone
		}
	}
	if read := slices.Collect(maps.Values(bodies)); !slices.Contains(read, true) {
		c.t.Errorf("the log of the network holds no bodies of %d requests", len(bodies))
	}
	return log
}

// forgetNetwork begins the log of the network anew.
func (c *chrome) forgetNetwork() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = nil
}

func (c *chrome) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	if err := chromedp.Do(c.ctx, steps...); err != nil {
		c.t.Fatal(err)
	}
}

// read is what an action finds.
func read[T any](c *chrome, a chromedp.Action[T]) T {
	c.t.Helper()
	v, err := chromedp.Run(c.ctx, a)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// heading waits for a page with this heading and returns its address.
func (c *chrome) heading(want string) (address string) {
	c.t.Helper()
	found := ""
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		found, _ = chromedp.Run(c.ctx, chromedp.Evaluate[string](`document.querySelector('h1')?.textContent ?? ''`)) // fails between two pages
		if found == want {
			return read(c, chromedp.Location())
		}
	}
	c.t.Fatalf("no page %q but %q: %s", want, found, read(c, chromedp.OuterHTML(chromedp.CSS("html"))))
	return ""
}

// remembers is everything that the browser keeps where others may look: history, storage, cookies that scripts see, the
// console and the page itself.
func (c *chrome) remembers() string {
	c.t.Helper()
	storage := read(c, chromedp.Evaluate[string](`JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, document.referrer, window.name])`))
	if storage != `[{},{},"","",""]` {
		c.t.Errorf("the browser keeps %s", storage)
	}
	var b strings.Builder
	for _, entry := range read(c, chromedp.NavigationEntries()).Entries {
		fmt.Fprintln(&b, entry.URL, entry.Title, entry.UserTypedURL)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, line := range c.said {
		if !strings.Contains(line, "favicon.ico") && !strings.Contains(line, "422 (Unprocessable") && !strings.Contains(line, "/proxy/") {
			c.t.Errorf("on the console: %s", line)
		}
	}
	return b.String() + storage + read(c, chromedp.OuterHTML(chromedp.CSS("html"))) + strings.Join(c.said, "\n")
}

const (
	allow  = chromedp.CSS(`button[name=approve][value="1"]`)
	deny   = chromedp.CSS(`button[name=approve][value="0"]`)
	submit = chromedp.CSS("button[type=submit]")
)

func TestTheDemoInABrowser(t *testing.T) {
	t.Parallel()
	s, lines := startDemo(t)
	c := openChrome(t)
	c.do(chromedp.Navigate(lines[0]))
	c.heading("Demo provider")
	c.do(chromedp.Click(allow))
	if at := c.heading("Connected"); at != s.URL+"/connect/done" {
		t.Errorf("at %s", at)
	}
	kept := c.remembers()
	// The spent link and the spent state stand in addresses that are not ours to change; a code never does.
	for _, secret := range []string{"code=", "fpc_", "/oauth/callback/demo?", "access_token"} {
		if strings.Contains(kept, secret) {
			t.Errorf("the browser keeps %q: %s", secret, kept)
		}
	}
	// The link is spent, for this browser too.
	c.do(chromedp.Navigate(lines[0]))
	c.heading("This did not work")
}

func TestFormAndRefusalInABrowser(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeFolder(t, filepath.Join(dir, "form"), formFolder)
	shop := openShop(t, fakeprovider.Options{}, "--connectors", dir)
	shop.Want(200, "PUT", "/v1/integrations/form", map[string]any{"connector": "form"})
	shop.Integrate("oauth-body", nil)

	// The form: what is wrong is said beside its field, and corrected.
	id, link := shop.Connect(map[string]any{"integration": "form"})
	c := openChrome(t)
	c.do(chromedp.Navigate(link))
	c.heading(`Connect Form <b>& "Co"</b>`)
	const password = "browser-password-4711"
	c.do(chromedp.SetValue(chromedp.ID("f-domain"), "NOT GOOD"), chromedp.SendKeys(chromedp.ID("f-apiKey"), password), chromedp.SetValue(chromedp.ID("f-region"), "eu"),
		chromedp.Click(chromedp.CSS("input[name=sandbox]")), chromedp.Click(submit), chromedp.WaitVisible(chromedp.CSS("p.wrong")))
	if text := read(c, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, "Must match the pattern ^[a-z]+$.") {
		t.Errorf("%s", text)
	}
	c.do(chromedp.SetValue(chromedp.ID("f-domain"), "acme"), chromedp.SendKeys(chromedp.ID("f-apiKey"), password), chromedp.SendKeys(chromedp.ID("f-tags"), "one\ntwo"), chromedp.Click(submit))
	c.heading("Connected")
	if kept := c.remembers(); strings.Contains(kept, password) {
		t.Errorf("the browser keeps the password: %s", kept)
	}
	got := shop.API("GET", "/v1/connections/"+id+"/credentials", nil).Body
	for _, want := range []string{`"domain":"acme"`, `"apiKey":"` + password + `"`, `"region":"eu"`, `"sandbox":true`, `"size":2`, `"tags":["one","two"]`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}

	// No: it is said, and stored.
	id, link = shop.Connect(map[string]any{"integration": "oauth-body"})
	c.do(chromedp.Navigate(link))
	c.heading("Demo provider")
	c.do(chromedp.Click(deny))
	c.heading("This did not work")
	if text := read(c, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, "access_denied") {
		t.Errorf("%s", text)
	}
	if m := shop.Want(200, "GET", "/v1/connections/"+id, nil); m["status"] != "failed" {
		t.Errorf("%v", m)
	}
}
