package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// configFile is --config: a YAML map of flag names to values. A name that is no flag is an error with its place.
type configFile string

// BeforeResolve hands the file to the parser before flags without a value are filled in.
func (c configFile) BeforeResolve(k *kong.Kong, ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(configFile))
	if path == "" {
		return nil
	}
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	node, findings := yamlpos.Parse(path, source)
	if err := findings.Err(); err != nil {
		return err
	}
	if node.Kind != yamlpos.Map {
		return fmt.Errorf("%s: expected a map of flag names to values", node.Pos)
	}
	known := flagNames(k.Model.Node)
	for _, p := range node.Pairs {
		if !known[p.Key] {
			names := make([]string, 0, len(known))
			for n := range known {
				names = append(names, n)
			}
			return fmt.Errorf("%s: there is no flag %q (%s)", p.KeyPos, p.Key, finding.DidYouMean(p.Key, names))
		}
	}
	ctx.AddResolver(configured{node})
	return nil
}

// flagNames collects the flags of all commands.
func flagNames(n *kong.Node) map[string]bool {
	names := map[string]bool{}
	for _, f := range n.Flags {
		names[f.Name] = true
	}
	for _, child := range n.Children {
		for name := range flagNames(child) {
			names[name] = true
		}
	}
	return names
}

// configured answers for flags that neither the command line nor the environment has given.
type configured struct{ root *yamlpos.Node }

// Validate has nothing left to do: names were checked when the file was read.
func (configured) Validate(*kong.Application) error { return nil }

// Resolve is the value of a flag in the file, nil if it is not there. A list is what repeating the flag gives.
func (c configured) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	n := c.root.Get(flag.Name)
	if n == nil {
		return nil, nil
	}
	if n.Kind != yamlpos.List {
		return value.String(n.Value()), nil
	}
	items := make([]string, len(n.Items))
	for i, item := range n.Items {
		items[i] = value.String(item.Value())
	}
	return strings.Join(items, ","), nil
}
