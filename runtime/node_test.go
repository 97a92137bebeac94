package runtime_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claviger/runtime"
	"claviger/runtime/fakeprovider"
	"claviger/runtime/journal"
	"claviger/runtime/seal"
)

// answers is a journal as a server has it. Entries that are there already go to the engine.
type answers struct{ *journal.Journal }

func (a answers) Reserve() (runtime.Slot, error) { return a.Journal.Reserve() }

func (a answers) Left() []runtime.Slot {
	var left []runtime.Slot
	for _, s := range a.Journal.Left() {
		left = append(left, s)
	}
	return left
}

// diary is the journal of one node of a test, which outlives its processes.
type diary struct {
	path string
	keys *seal.Ring
	open *journal.Journal
}

func newDiary(t *testing.T) *diary {
	d := &diary{path: filepath.Join(t.TempDir(), "journal"), keys: seal.Generate()}
	t.Cleanup(func() { d.end(t) })
	return d
}

// begin opens it for a new process.
func (d *diary) begin(t *testing.T) runtime.Journal {
	t.Helper()
	d.end(t)
	var err error
	if d.open, err = journal.Open(d.path, d.keys); err != nil {
		t.Fatal(err)
	}
	return answers{d.open}
}

// kill opens it as it is on the disk, for the process after one that was killed.
func (d *diary) kill(t *testing.T) runtime.Journal {
	t.Helper()
	text, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	d.path += "-of-the-next"
	if err := os.WriteFile(d.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	dead := d.open
	t.Cleanup(func() { dead.Close() })
	d.open = nil
	return d.begin(t)
}

func (d *diary) end(t *testing.T) {
	if d.open != nil {
		if err := d.open.Close(); err != nil {
			t.Error(err)
		}
		d.open = nil
	}
}

// node is another node on the rig's store.
func (r *rig) node(name string) *rig {
	r.Helper()
	other := *r
	other.config.Node = name
	other.restart()
	return &other
}

// Two nodes whose readers all come at once send one request; those who wait on the other node get its token.
func TestOneRenewalOverTwoNodes(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{Rotation: fakeprovider.Rotate})
	id := r.connect()
	nodes := []*rig{r, r.node("node_b")}
	for expiry := range 3 {
		r.pass(time.Hour)
		r.Provider.Misbehave(fakeprovider.Fault{Mode: fakeprovider.Latency, DelayMS: 50})
		tokens := make([]string, 40)
		var group sync.WaitGroup
		for i := range tokens {
			group.Go(func() {
				a, err := nodes[i%2].Credentials(t.Context(), admin, id, runtime.CredentialsQuery{})
				if err != nil {
					t.Error(err)
					return
				}
				tokens[i] = a.Credentials.Text("access_token")
			})
		}
		group.Wait()
		for _, token := range tokens {
			if token != tokens[0] {
				t.Fatal("readers got different tokens")
			}
		}
		r.wantCalls("refresh_token", expiry+1)
	}
	if c := r.stored(id); c.Fence != 4 || // of the grant, and of three leases
		c.Renewal.Lease != nil {
		t.Errorf("fence %d, lease %+v", c.Fence, c.Renewal.Lease)
	}
}

// What another node has sent is left alone as long as it may come back, whoever asks.
func TestJournalGrace(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	r.config.JournalGrace = 2 * time.Minute
	r.restart()
	id := r.connect()
	r.pass(time.Hour)
	r.markedBy(id, "node_b/run")
	r.pass(unknownWait + time.Minute)
	r.refused(id, runtime.CodeUnknownOutcome)
	_, err := r.Refresh(t.Context(), admin, id)
	if e := r.wantCode(err, runtime.CodeUnknownOutcome); e.RetryAfter < 20*time.Second || e.RetryAfter > 31*time.Second {
		t.Errorf("retry after %v", e.RetryAfter)
	}
	r.wantCalls("refresh_token", 0)
	r.pass(31 * time.Second)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// A process knows of its own marker that nothing was sent under it: the database took the lease and its answer was lost.
func TestLeaseThatWasTakenUnheard(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	r.pass(time.Hour)
	r.Store.afterLease.Store(true)
	r.refused(id, runtime.CodeStoreUnavailable)
	r.Store.afterLease.Store(false)
	if r.stored(id).Renewal.Lease == nil {
		t.Fatal("the marker is not there")
	}
	r.wantCalls("refresh_token", 0)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// Two servers with one node's id, from a copied data folder, could take each other's leases: neither sends anything.
func TestTwins(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	id := r.connect()
	twins := []*rig{r, r.node(r.config.Node)}
	for _, n := range twins {
		go n.Beat(t.Context())
	}
	r.pass(time.Hour)
	for _, n := range twins {
		n.eventually("it has noticed", func() bool {
			_, err := n.Refresh(t.Context(), admin, id)
			return err != nil && runtime.AsError(err).Code == runtime.CodeInternal
		})
	}
	calls := r.Provider.TokenCalls("refresh_token")
	time.Sleep(2 * time.Second)
	for _, n := range twins {
		n.Refresh(t.Context(), admin, id)
	}
	r.wantCalls("refresh_token", calls)
}

// Without room for the answer nothing is sent, and a token that lives is handed out.
func TestFullJournal(t *testing.T) {
	r := newRig(t, oauth(nil), fakeprovider.Options{})
	full := &fullJournal{}
	r.config.Journal = full
	r.restart()
	full.err = errors.New("no space left on device")
	if _, err := r.tryConnect(); err == nil {
		t.Error("a code was redeemed without room for the answer")
	}
	r.wantCalls("authorization_code", 0)
	full.err = nil
	id := r.connect()
	full.err = errors.New("no space left on device")
	r.pass(time.Hour - 15*time.Second)
	r.credentials(id)
	_, err := r.Refresh(t.Context(), admin, id)
	r.wantCode(err, runtime.CodeStoreUnavailable)
	r.wantCalls("refresh_token", 0)
	if c := r.stored(id); c.Renewal.Lease != nil || c.Renewal.Failure != nil {
		t.Errorf("%+v", c.Renewal)
	}
	full.err = nil
	r.pass(15 * time.Second)
	r.credentials(id)
	r.wantCalls("refresh_token", 1)
}

// fullJournal is a journal whose disk can be full.
type fullJournal struct{ err error }

func (f *fullJournal) Left() []runtime.Slot { return nil }

func (f *fullJournal) Reserve() (runtime.Slot, error) { return f, f.err }

func (f *fullJournal) Write(string, []byte) error { return f.err }
func (f *fullJournal) Name() string               { return "" }
func (f *fullJournal) Plain() []byte              { return nil }
func (f *fullJournal) Release()                   {}
