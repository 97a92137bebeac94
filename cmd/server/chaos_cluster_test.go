package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// cluster is one or several servers, each a process of its own, with one token endpoint in this process: so what the
// provider knows is the truth. docs/chaos.md tells of the suite.
type cluster struct {
	t        *testing.T
	Provider *fakeprovider.Provider
	Watch    *wire  // what goes over the wire to the provider
	Base     string // of the provider
	Nodes    []*member
	Lifetime time.Duration // of an access token
	seed     uint64
	client   *http.Client
}

// clusterPlan is what a cluster is made of.
type clusterPlan struct {
	nodes    int              // 0: one
	db       *pgtest.Database // nil: each node has an embedded database
	provider fakeprovider.Options
	args     []string        // of every node
	wrap     func(*exec.Cmd) // nil: nothing; changes how a node's process is started
}

// member is one server of a cluster.
type member struct {
	*testServer
	wrap func(*exec.Cmd)
	down atomic.Bool // it is killed, or paused: readers go elsewhere
}

func newCluster(t *testing.T, p clusterPlan) *cluster {
	t.Helper()
	o := p.provider
	o.AutoApprove, o.Clients, o.Keep = true, []fakeprovider.Client{{ID: fakeClient, Secret: fakeSecret}}, 100
	c := &cluster{t: t, Provider: fakeprovider.New(o), Lifetime: o.Lifetime, seed: chaosSeed(t)}
	c.Watch = &wire{provider: c.Provider}
	c.Base = fakeprovider.Serve(t, c.Watch)
	t.Cleanup(c.Provider.Close)
	c.client = &http.Client{Timeout: 60 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	t.Cleanup(c.client.CloseIdleConnections)
	args := append([]string{"--connectors", folder(t, "oauth-body"), "--egress-allow", "127.0.0.1"}, p.args...)
	if p.db != nil {
		shared := t.TempDir()
		config := filepath.Join(shared, "claviger.yml")
		if err := os.WriteFile(config, []byte("database: '"+p.db.URL.Reveal()+"'\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", config, "--keyset", filepath.Join(shared, "keyset.json"))
	}
	for range max(1, p.nodes) {
		n := &member{testServer: &testServer{t: t, Data: t.TempDir(), log: &lockedBuffer{}, URL: "http://" + freeAddress(t)}, wrap: p.wrap}
		c.Nodes = append(c.Nodes, n)
		n.args = append(args, "--public-url", c.Nodes[0].URL)
		n.Start() // one after the other: the first makes tables and keyset
	}
	t.Cleanup(c.tearDown)
	c.integrate("app", c.Base)
	return c
}

// Start starts the node's process again, on the same data, and waits until it is ready.
func (n *member) Start() {
	n.t.Helper()
	n.launch()
	n.awaitReady()
	n.down.Store(false)
}

func (n *member) launch() {
	n.t.Helper()
	n.cmd = n.program(append([]string{"serve", "--listen", strings.TrimPrefix(n.URL, "http://"), "--data", n.Data, "--log-level", "debug"}, n.args...)...)
	if n.wrap != nil {
		n.wrap(n.cmd)
	}
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if err := n.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	n.done = make(chan error, 1)
	go func(c *exec.Cmd, done chan<- error) { done <- c.Wait() }(n.cmd, n.done)
}

// Kill ends the process as a power cut would.
func (n *member) Kill() {
	n.down.Store(true)
	n.testServer.Kill()
}

// Restart ends the process as an operator would, and starts it again.
func (n *member) Restart() {
	n.t.Helper()
	n.down.Store(true)
	n.Stop()
	n.Start()
}

// Pause freezes the process, as a machine that swaps or a live migration does.
func (n *member) Pause() {
	n.down.Store(true)
	n.signal(syscall.SIGSTOP)
}

// Resume lets a paused process go on.
func (n *member) Resume() {
	n.signal(syscall.SIGCONT)
	n.down.Store(false)
}

func (n *member) signal(s syscall.Signal) {
	if err := n.cmd.Process.Signal(s); err != nil {
		n.t.Error(err)
	}
}

// tearDown ends the nodes at once, whatever hangs in them, and looks through what they wrote.
func (c *cluster) tearDown() {
	for i, n := range c.Nodes {
		n.Kill()
		written := map[string][]byte{"its log": []byte(n.Log())}
		_ = filepath.WalkDir(n.Data, func(path string, entry os.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				written[entry.Name()], err = os.ReadFile(path)
			}
			return err
		})
		for where, text := range written {
			for _, start := range []string{"fpat_", "fprt_", "fpc_", pgtest.Password} { // of the provider's secrets
				if bytes.Contains(text, []byte(start)) {
					c.t.Errorf("node %d: %s holds a secret", i, where)
				}
			}
		}
		if strings.Contains(n.Log(), "panic:") || strings.Contains(n.Log(), "goroutine ") {
			c.t.Errorf("node %d panicked", i)
		}
	}
	if c.t.Failed() {
		c.t.Logf("to repeat it: %s=%d", seedVariable, c.seed)
		for i, n := range c.Nodes {
			c.t.Logf("the end of node %d's log:\n%s", i, end(n.Log(), 3000))
		}
	}
}

func end(text string, n int) string { return text[max(0, len(text)-n):] }

// integrate puts an integration of the standard connector with a provider.
func (c *cluster) integrate(key, base string) {
	c.t.Helper()
	c.Nodes[0].Want(http.StatusOK, http.MethodPut, "/v1/integrations/"+key, map[string]any{
		"connector": "oauth-body", "parameters": map[string]any{"baseUrl": base, "clientId": fakeClient, "clientSecret": fakeSecret},
	})
}

// random is a source of its own for each part of a test, all of one seed.
func (c *cluster) random(part uint64) *rand.Rand { return rand.New(rand.NewPCG(c.seed, part)) }

// ask calls a node; unlike API it ends no test, so that any goroutine may.
func (c *cluster) ask(n *member, method, path string) (answer, error) {
	r, err := http.NewRequest(method, n.URL+path, nil)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Authorization", "Bearer "+adminKey)
	return do(c.client, r)
}

// read reads credentials at a node.
func (c *cluster) read(n *member, id string) (answer, error) {
	return c.ask(n, http.MethodGet, "/v1/connections/"+id+"/credentials")
}

// refresh asks a node for a renewal.
func (c *cluster) refresh(n *member, id string) (answer, error) {
	return c.ask(n, http.MethodPost, "/v1/connections/"+id+"/refresh")
}

// account is a connection of the cluster, and its grant at the provider.
type account struct {
	ID    string
	Grant int
}

// connect makes n connections through random nodes, spread over a time, so that their renewals are.
func (c *cluster) connect(integration string, n int, over time.Duration) []account {
	c.t.Helper()
	all := make([]account, n)
	err := parallel(8, func(worker int) error {
		random := c.random(uint64(1000 + worker))
		for i := worker; i < n; i += 8 {
			time.Sleep(over * 8 / time.Duration(n))
			via := c.Nodes[random.IntN(len(c.Nodes))]
			id, link := via.Connect(map[string]any{"integration": integration})
			if a, at := newBrowser(c.t).Follow(link); a.Status != http.StatusOK {
				return fmt.Errorf("the flow ended at %s with %d: %s", at, a.Status, a.Body)
			}
			token, err := "", error(nil)
			for began := time.Now(); token == "" && time.Since(began) < newsLimit; time.Sleep(5 * time.Millisecond) { // the callback went to the first node
				token, err = tokenIn(via.API(http.MethodGet, "/v1/connections/"+id+"/credentials", nil))
			}
			if err != nil {
				return err
			}
			grant, _, _ := c.Provider.Issued(token)
			all[i] = account{id, grant}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}
