package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"claviger/runtime/journal"
)

// node is a data folder that one server uses: the unit in which servers on a database know each other.
//
//	<data>/node.lock  locked as long as the process lives, whatever ends it
//	<data>/node.id    a random text, made at the first start: they stay with the folder
type node struct {
	id   string
	lock *os.File
}

// takeNode makes the folder where needed and takes it for this process, or says that another one has it.
func takeNode(data string) (*node, error) {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("the data folder must be writable: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(data, "node.lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the data folder must be writable: %w", err)
	}
	err = journal.Lock(lock)
	if errors.Is(err, journal.ErrLocked) {
		err = fmt.Errorf("another claviger uses the data folder %s; each server needs one of its own, and of those with an embedded database there is one", data)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	id, err := nodeID(filepath.Join(data, "node.id"))
	if err != nil {
		return nil, errors.Join(err, journal.Unlock(lock))
	}
	return &node{id: id, lock: lock}, nil
}

// leave gives the folder back.
func (n *node) leave() { _ = journal.Unlock(n.lock) }

// nodeID reads the id, or makes it. Who calls it holds the lock.
func nodeID(path string) (string, error) {
	text, err := os.ReadFile(path)
	id := strings.TrimSpace(string(text))
	if err == nil && id != "" { // empty: a machine died while it was written, and nobody has used it
		if len(id) > 64 || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return "", fmt.Errorf("%s holds no id of a node: delete the file to have a new one made", path)
		}
		return id, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("cannot read the node's id: %w", err)
	}
	id = strings.ToLower(rand.Text())
	if err := os.WriteFile(path, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("cannot write the node's id: %w", err)
	}
	return id, nil
}
