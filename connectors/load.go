package connectors

import (
	"context"
	"io/fs"
	"maps"
	"path"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"

	"claviger/mapping/finding"
	"claviger/mapping/yamlpos"
)

// Folder is what came of loading one connector's folder.
type Folder struct {
	Path      string       // as the source names it
	Connector *Connector   // nil where a finding is an error
	Findings  finding.List // sorted; positions are relative to the folder

	scripts []methodScript
}

// Located is the findings with Path before their file names, as validate prints them.
func (f *Folder) Located() finding.List { return f.Findings.In(f.Path) }

// LoadFS loads the folder at dir. The connector is nil where a finding is an error. The folder's name, which serves where
// spec.yml has no key, is the last name of dir.
func LoadFS(fsys fs.FS, dir string) (*Connector, finding.List) {
	f := compileFolder(readFolder(fsDirectory{fsys: fsys, at: dir}), path.Base(dir))
	return f.Connector, f.Findings
}

// Load loads the connectors of all sources, in parallel. The folders come in the order of the sources, within one by name.
// A key that an earlier folder has is an error in the later one, unless override lists it: then the later one counts, and
// the earlier loses its connector. The error says that a source cannot be read, or that ctx is done.
func Load(ctx context.Context, sources []Source, override []string) ([]Folder, error) {
	var all []Folder
	for _, s := range sources {
		folders, err := s.load(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, folders...)
	}
	settleKeys(all, override)
	return all, nil
}

// settleKeys gives each key to one folder.
func settleKeys(folders []Folder, override []string) {
	owner := map[string]int{}
	for i := range folders {
		c := folders[i].Connector
		if c == nil {
			continue
		}
		first, taken := owner[c.Key]
		if !taken || slices.Contains(override, c.Key) {
			if taken {
				folders[first].Connector = nil
			}
			owner[c.Key] = i
			continue
		}
		folders[i].Findings = append(slices.Clone(folders[i].Findings), finding.Errorf(c.keyPos,
			"the key %q is loaded already, from %s", c.Key, folders[first].Path).
			Suggest("--override %s lets this one count", c.Key)).Sort()
		folders[i].Connector = nil
	}
}

// compileFolder makes a connector of what was read. With an error among the findings it is not usable.
func compileFolder(f *folder, name string) *Folder {
	r := &reader{
		folder:   f,
		findings: slices.Clone(f.findings),
		c: &Connector{
			Key: name, Version: f.version, keyPos: startOf(specFile),
			Logo: f.files[logoFile], README: string(f.files[readmeFile]),
		},
		built: map[implementationKey]*Implementation{}, nodes: map[*Implementation]*yamlpos.Node{},
		programs: map[*Implementation][]compiled{},
		files:    map[Method][]methodFile{},
		patterns: map[patternUse]string{},
		literals: map[string]bool{},
	}
	r.findMethodFiles()
	r.readSpec()
	for i := range r.blocks {
		r.judge(&r.blocks[i])
	}
	r.judgeCalled()
	r.scriptHosts()
	r.strayFiles()
	out := &Folder{Findings: slices.Clip(r.findings.Sort()), scripts: r.scripts}
	if !out.Findings.HasErrors() {
		r.c.LiteralHosts = slices.Sorted(maps.Keys(r.literals))
		r.c.literal = hostsOf(slices.Clone(r.c.LiteralHosts))
		out.Connector = r.c
	}
	return out
}

// inParallel runs f for 0 to n-1 on all processors, and stops early when ctx is done.
func inParallel(ctx context.Context, n int, f func(i int)) error {
	var wait sync.WaitGroup
	next := make(chan int)
	for range min(n, goruntime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	err := feed(ctx, n, next)
	close(next)
	wait.Wait()
	return err
}

func feed(ctx context.Context, n int, next chan<- int) error {
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// looksLikeConnector tells by the names at the top of a folder whether it is meant as a connector's.
func looksLikeConnector(entries []fs.DirEntry) bool {
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() == "auth" && e.IsDir() || isSpecName(e.Name())
	})
}

func isSpecName(name string) bool {
	return strings.EqualFold(name, "spec.yml") || strings.EqualFold(name, "spec.yaml")
}
