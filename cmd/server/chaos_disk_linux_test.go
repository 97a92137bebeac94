package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// onSmallDisk starts a process in a mount namespace of its own, with a file system of so many MiB in the place of dir. Who
// is not root needs a user namespace for it, in which they are. The file system ends with the process.
func onSmallDisk(mebibytes int) func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		dir := ""
		for i, a := range c.Args {
			if a == "--data" {
				dir = c.Args[i+1]
			}
		}
		mount := fmt.Sprintf(`mount -t tmpfs -o size=%dm,mode=700 tmpfs "$0" && exec "$@"`, mebibytes)
		c.Args = append([]string{"sh", "-c", mount, dir, c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
		c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		if os.Geteuid() != 0 {
			c.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
				GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
			}
		}
	}
}

// ballast is the file that fills a node's small disk, as this process sees it.
func (n *member) ballast() string {
	return filepath.Join("/proc", fmt.Sprint(n.cmd.Process.Pid), "root", n.Data, "ballast")
}

// fillDisk leaves not a byte of the node's disk.
func (n *member) fillDisk() {
	n.t.Helper()
	f, err := os.Create(n.ballast())
	if err != nil {
		n.t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); ; {
		if _, err = f.Write(block); err == nil {
			continue
		}
		if block = block[:len(block)/2]; len(block) == 0 {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		n.t.Fatalf("the disk cannot be filled: %v", err)
	}
}

// The disk with the data folder is full: the embedded database, or beside PostgreSQL the journal alone, which goes on with
// the places that it has. Nothing is sent whose answer could not be kept, living tokens are served, and all goes on once there
// is room.
func TestChaosDiskFull(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]func(*testing.T) clusterPlan{
		"embedded": func(*testing.T) clusterPlan { return clusterPlan{} },
		"postgres": func(t *testing.T) clusterPlan { return clusterPlan{db: pgtest.Shared(t).Create(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const lifetime = 4 * time.Second
			p := plan(t)
			p.provider, p.wrap = fakeprovider.Options{Lifetime: lifetime}, onSmallDisk(64)
			c := newCluster(t, p)
			n := c.Nodes[0]
			c.calm()
			long := []account{{ID: n.connectWith(newBrowser(t), map[string]any{"integration": "calm"})}}
			n.token(long[0].ID)
			accounts := c.connect("app", 30, lifetime/2)
			for range figure(1, 10) {
				c.fullFor(t, n, accounts, long, 2*lifetime)
			}
			c.wantNothingLost(t, accounts)
		})
	}
}

// fullFor has the disk full for a while.
func (c *cluster) fullFor(t *testing.T, n *member, accounts, long []account, d time.Duration) {
	t.Helper()
	n.fillDisk()
	time.Sleep(500 * time.Millisecond) // what had been sent before is over
	sent := c.Provider.TokenCalls("refresh_token")
	stop := make(chan struct{})
	served := c.serving(t, long, stop)
	time.Sleep(d)
	kept := c.refreshAtOnce(t, n, accounts)
	close(stop)
	if got, err := c.ask(n, http.MethodGet, "/readyz"); err != nil || got.Status != http.StatusServiceUnavailable {
		t.Errorf("ready on a full disk: %v %d %s", err, got.Status, got.Body)
	}
	more := c.Provider.TokenCalls("refresh_token") - sent
	if err := os.Remove(n.ballast()); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	n.awaitReady()
	for _, a := range accounts {
		eventually(t, 20*time.Second, "a living token, once there is room", func() bool { return c.works(n, a) == nil })
	}
	t.Logf("full for %s: %d reads of living tokens served; %d renewals sent, and kept in what the disk had; %d of %d at once were; %d connections work %s after there was room",
		d, served.Load(), more, kept, len(accounts), len(accounts), time.Since(began).Round(time.Millisecond))
}

// refreshAtOnce asks for the renewal of all connections at once, of a provider that takes its time: for more than the disk
// has room for. Those that are sent are kept, the others are refused. It returns how many were sent.
func (c *cluster) refreshAtOnce(t *testing.T, n *member, accounts []account) int {
	t.Helper()
	c.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 1000, Grant: "refresh_token"})
	defer c.Provider.Misbehave()
	kept := make([]bool, len(accounts))
	err := parallel(len(accounts), func(i int) error {
		got, err := c.refresh(n, accounts[i].ID)
		if kept[i] = got.Status == http.StatusOK; !kept[i] && got.Code() != "store_unavailable" {
			err = errors.Join(err, fmt.Errorf("on a full disk: %d %s", got.Status, got.Body))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	count := 0
	for _, k := range kept {
		if k {
			count++
		}
	}
	if count == len(accounts) {
		t.Error("the disk was not full")
	}
	return count
}
