package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
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
		switch {
		case !known[p.Key]:
			return fmt.Errorf("%s: there is no flag %q%s", p.KeyPos, p.Key, suggestion(p.Key, slices.Sorted(maps.Keys(known))))
		case !plainValue(p.Value):
			return fmt.Errorf("%s: expected a value for %s, or a list of values", p.Value.Pos, p.Key)
		}
	}
	ctx.AddResolver(configured{node})
	return nil
}

// misspelt are sentences about variables of the environment that are no flag's but nearly. Others beginning with CLAVIGER_ are
// somebody else's, such as those that Kubernetes sets for a service of this name.
func misspelt(k *kong.Kong, environment []string) (told []string) {
	known := []string{"API_KEY", "CONFIG"}
	for name := range flagNames(k.Model.Node) {
		known = append(known, strings.ToUpper(strings.ReplaceAll(name, "-", "_")))
	}
	slices.Sort(known)
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		setting, ours := strings.CutPrefix(name, "CLAVIGER_")
		if !ours || slices.Contains(known, setting) {
			continue
		}
		if near := finding.DidYouMean(setting, known); strings.HasPrefix(near, "did you mean") {
			told = append(told, "the environment variable "+name+" is no setting: "+strings.Replace(near, `"`, `"CLAVIGER_`, 1))
		}
	}
	return told
}

// suggestion is what to write in place of a wrong name, in parentheses; empty where nothing is near.
func suggestion(name string, names []string) string {
	if s := finding.DidYouMean(name, names); s != "" {
		return " (" + s + ")"
	}
	return ""
}

// plainValue tells whether a value is one that a flag could have on the command line.
func plainValue(n *yamlpos.Node) bool {
	if n.Kind == yamlpos.List {
		return !slices.ContainsFunc(n.Items, func(item *yamlpos.Node) bool { return item.Kind == yamlpos.List || !plainValue(item) })
	}
	return n.Kind != yamlpos.Map && n.Kind != yamlpos.Null
}

// flagNames collects the flags of all commands that a file can set.
func flagNames(n *kong.Node) map[string]bool {
	names := map[string]bool{}
	for _, f := range n.Flags {
		if f.Name != "config" && f.Name != "help" {
			names[f.Name] = true
		}
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

// Resolve is the value of a flag in the file, nil if it is not there or the environment has said it. A list is what
// repeating the flag gives.
func (c configured) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	n := c.root.Get(flag.Name)
	if n == nil || slices.ContainsFunc(flag.Envs, isSet) {
		return nil, nil
	}
	if n.Kind != yamlpos.List {
		return value.String(n.Value()), nil
	}
	if !flag.IsSlice() {
		return nil, fmt.Errorf("%s: takes one value", n.Pos)
	}
	items := make([]any, len(n.Items))
	for i, item := range n.Items {
		items[i] = value.String(item.Value())
	}
	return items, nil
}

func isSet(variable string) bool {
	_, ok := os.LookupEnv(variable)
	return ok
}
