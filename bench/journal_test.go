package bench

import (
	"path/filepath"
	"testing"

	"claviger/runtime"
	"claviger/runtime/journal"
)

// answers is a journal as a server has it.
type answers struct{ *journal.Journal }

func openJournal(b testing.TB, keys journal.Sealer) runtime.Journal {
	b.Helper()
	j, err := journal.Open(filepath.Join(b.TempDir(), "journal"), keys)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = j.Close() })
	return answers{j}
}

// Reserve takes room for an entry.
func (a answers) Reserve() (runtime.Slot, error) { return a.Journal.Reserve() }

// Left is nothing: the journal is new.
func (answers) Left() []runtime.Slot { return nil }
