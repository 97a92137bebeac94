package journal_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/runtime/journal"
	"claviger/runtime/seal"
)

// TestMain is the test's child process too.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CLAVIGER_TEST_CHILD"); dir != "" {
		if err := child(dir, os.Getenv("CLAVIGER_TEST_TASK")); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(dir, task string) error {
	ring, err := seal.Load(filepath.Join(dir, "keyset.json"))
	if err != nil {
		ring = seal.Generate()
	}
	j, err := journal.Open(filepath.Join(dir, "journal"), ring)
	if err != nil {
		return err
	}
	switch task, prefix, _ := strings.Cut(task, " "); task {
	case "write":
		return childWrites(j, prefix)
	case "full":
		return childFull(j, dir)
	}
	return j.Close()
}

const childWriters = 6

// childWrites writes until it is killed. It prints "+name" once an entry is written, and "-name" before it is released.
func childWrites(j *journal.Journal, prefix string) error {
	failed := make(chan error)
	for w := range childWriters {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s-%d-%d", prefix, w, i)
				s, err := j.Reserve()
				if err == nil {
					err = s.Write(name, plainOf(name))
				}
				if err != nil {
					failed <- err
					return
				}
				os.Stdout.WriteString("+" + name + "\n") // one write: lines of goroutines do not mix
				if rand.IntN(8) > 0 {
					os.Stdout.WriteString("-" + name + "\n")
					s.Release()
				}
			}
		}()
	}
	return <-failed
}

// plainOf is what the entry of a name holds: of any size, mostly short.
func plainOf(name string) []byte {
	sum := 0
	for _, c := range name {
		sum = sum*31 + int(c)
	}
	size := sum & 0xfff
	if sum&0xf000 == 0 {
		size = sum % journal.MaxEntry
	}
	return []byte(strings.Repeat(name, max(size, 0)/len(name)+1))
}

func childCommand(dir, task string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CLAVIGER_TEST_CHILD="+dir, "CLAVIGER_TEST_TASK="+task)
	return cmd
}

func childOutput(t *testing.T, dir, task string) (string, error) {
	t.Helper()
	out, err := childCommand(dir, task).CombinedOutput()
	return string(out), err
}

// said is what a child printed before it was killed, after a while at work.
func said(t *testing.T, dir, prefix string) (written, released map[string]bool) {
	t.Helper()
	cmd := childCommand(dir, "write "+prefix)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil || first[0] != '+' {
		t.Errorf("child says %q, %v", first, err)
	}
	time.AfterFunc(time.Duration(rand.IntN(60_000))*time.Microsecond, func() { cmd.Process.Kill() })
	written, released = map[string]bool{first[1 : len(first)-1]: true}, map[string]bool{}
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // a last line that was cut off was never said
			break
		}
		if name := line[1 : len(line)-1]; line[0] == '+' {
			written[name] = true
		} else {
			released[name] = true
		}
	}
	cmd.Wait()
	return written, released
}

func TestWhatWasWrittenSurvivesKill(t *testing.T) {
	dir := t.TempDir()
	ring, err := seal.Create(filepath.Join(dir, "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	rounds, wanted, total := 50, map[string]bool{}, 0
	if testing.Short() {
		rounds = 6
	}
	for round := range rounds {
		prefix := fmt.Sprint("killed", round)
		written, released := said(t, dir, prefix)
		total += len(written)
		for name := range written {
			if !released[name] {
				wanted[name] = true
			}
		}
		found := leftAfterKill(t, filepath.Join(dir, "journal"), ring, prefix, wanted)
		for name := range wanted {
			if !found[name] {
				t.Errorf("round %d: %s was written and is lost", round, name)
			}
		}
	}
	if total < 10*rounds {
		t.Fatalf("only %d writes were seen: the test shows little", total)
	}
}

// leftAfterKill checks that an entry is what its name says, comes once, and is wanted or of the process just killed. It
// releases about half, which are wanted no more.
func leftAfterKill(t *testing.T, path string, ring *seal.Ring, prefix string, wanted map[string]bool) map[string]bool {
	t.Helper()
	j := open(t, path, ring)
	defer j.Close()
	found := map[string]bool{}
	var release []*journal.Slot
	for _, s := range j.Left() {
		name := s.Name()
		switch {
		case found[name]:
			t.Errorf("%s comes twice", name)
		case !wanted[name] && !strings.HasPrefix(name, prefix+"-"):
			t.Errorf("%s came back", name)
		case string(s.Plain()) != string(plainOf(name)):
			t.Errorf("%s holds something else", name)
		}
		found[name] = true
		if !wanted[name] || rand.IntN(2) == 0 {
			release = append(release, s)
		}
	}
	for _, err := range j.Damaged() {
		if !errors.Is(err, journal.ErrTorn) {
			t.Error(err)
		}
	}
	for _, s := range release {
		s.Release()
		if wanted[s.Name()] {
			delete(wanted, s.Name())
		}
	}
	return found
}
