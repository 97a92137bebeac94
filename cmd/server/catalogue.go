package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"claviger/connectors"
	"claviger/mapping/finding"
	"claviger/runtime/fakeprovider"
)

// load loads the connectors. Findings are logged; a folder with mistakes stops nothing.
func (s *serveCommand) load(ctx context.Context, h *house) (*connectors.Set, error) {
	sources := []connectors.Source{}
	for _, dir := range s.Connectors {
		sources = append(sources, connectors.Dir(filepath.Clean(dir)))
	}
	if len(sources) == 0 {
		sources = append(sources, connectors.Bundled())
	}
	if s.Demo {
		sources = append(sources, connectors.FromFS("demo", fakeprovider.DemoConnector()))
	}
	set, err := connectors.NewSet(ctx, connectors.SetConfig{Sources: sources, Override: s.Override, OnChange: h.reloaded})
	if err != nil {
		return nil, err
	}
	h.report(set.Folders())
	h.log.Info("connectors loaded", "count", len(set.All()))
	return set, nil
}

// report logs the findings of folders.
func (h *house) report(folders []connectors.Folder) {
	for _, f := range folders {
		for _, found := range f.Located() {
			level := slog.LevelWarn
			if found.Severity == finding.Note {
				level = slog.LevelDebug
			}
			h.log.Log(context.Background(), level, "connector", "finding", found.String())
		}
		if f.Connector == nil {
			h.log.Warn("a connector folder with errors is left out; if it was loaded before, it goes on as it was", "folder", f.Path)
		}
	}
}

// reloaded is told of every change of the folders that are watched.
func (h *house) reloaded(c connectors.Change) {
	h.report(c.Folders)
	for _, loaded := range c.Replaced {
		h.log.Info("connector loaded", "connector", loaded.Key, "version", loaded.Version)
	}
	for _, gone := range c.Removed {
		h.log.Info("connector gone", "connector", gone.Key)
	}
	if h.engine != nil {
		h.complain("comparing hosts", h.engine.ReviewHosts(context.Background()))
	}
}
