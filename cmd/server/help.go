package main

import (
	"fmt"
	"runtime/debug"

	"claviger/mapping"
)

// helpCommand prints references that are made of the code they describe.
type helpCommand struct {
	Topic string `arg:"" default:"topics" enum:"topics,mapping" help:"mapping: the mapping language, operator by operator."`
}

// Run prints the reference; without a topic, which there are.
func (h helpCommand) Run(w *world) error {
	if h.Topic == "topics" {
		fmt.Fprintln(w.stdout, "claviger help mapping   the mapping language, operator by operator\nclaviger --help         commands and flags")
		return nil
	}
	return mapping.WriteHelp(w.stdout)
}

type versionCommand struct{}

// Run prints the version of the build.
func (versionCommand) Run(w *world) error {
	fmt.Fprintln(w.stdout, "claviger", version())
	return nil
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
