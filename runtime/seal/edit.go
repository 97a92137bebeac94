package seal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Edit replaces the keyset in a file by what change makes of it; of several at a time one comes after the other. The file
// keeps its owner, has mode 0600, and is at every moment the whole keyset of before or that of after, after a power cut too.
func Edit(path string, change func(*Keyset) (*Keyset, error)) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("keyset: %w", err)
	}
	unlock, err := lockDir(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("keyset %s: %w", path, err)
	}
	defer unlock()
	before, err := read(context.Background(), &fileSource{path: path})
	if err != nil {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	text, err := after.Text()
	if err == nil {
		clearUnfinished(filepath.Dir(path))
		err = replace(path, text)
	}
	if err != nil {
		return fmt.Errorf("keyset %s is as it was: %w", path, err)
	}
	return nil
}

func replace(path string, text []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	beside, err := writeBeside(path, text)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && (int(owner.Uid) != os.Geteuid() || int(owner.Gid) != os.Getegid()) {
		err = os.Chown(beside, int(owner.Uid), int(owner.Gid))
	}
	if err == nil {
		err = os.Rename(beside, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return syncDir(filepath.Dir(path))
}

// lockDir waits until no other process changes a keyset in the folder. The lock ends with the process at the latest.
func lockDir(path string) (unlock func(), err error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for {
		if err = syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return func() { dir.Close() }, nil
}

// clearUnfinished removes what a process has left that was killed while it wrote: it holds keys.
func clearUnfinished(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && strings.HasPrefix(e.Name(), unfinished) && info.Mode().IsRegular() && time.Since(info.ModTime()) > time.Minute {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
