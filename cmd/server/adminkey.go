package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"claviger/runtime"
)

// bootstrapKey is the admin key of the environment, or the one in <data>/admin.key, which is made at the first start.
func (s *serveCommand) bootstrapKey(log *slog.Logger) (string, error) {
	if key := strings.TrimSpace(os.Getenv("CLAVIGER_API_KEY")); key != "" { // no flag: command lines are public on a machine
		if len(key) < shortKey {
			log.Warn("the key in CLAVIGER_API_KEY is short enough to be guessed", "characters", len(key), "expected", shortKey)
		}
		return key, nil
	}
	path := filepath.Join(s.Data, "admin.key")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := runtime.NewKeyText()
		if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("cannot write the admin key: %w", err)
		}
		log.Info("made an admin key", "path", path)
		return key, nil
	}
	if err != nil {
		return "", fmt.Errorf("cannot read the admin key: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if len(key) < shortKey {
		return "", fmt.Errorf("%s holds no key of at least %d characters; delete the file to have a new one made", path, shortKey)
	}
	return key, nil
}

// shortKey is the length below which an admin key could be guessed.
const shortKey = 20
