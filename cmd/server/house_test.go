package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rooms lists every package from the bottom of the house to its top. A package may import only those before it.
var rooms = []string{
	"mapping/value", "mapping/finding", "runtime/secret",
	"mapping/yamlpos", "jsbridge/wire", "jsbridge/sandbox",
	"mapping", "jsbridge", "jsbridge/worker", "runtime/egress", "runtime/fakeprovider", "runtime/fakeprovider/strict",
	"runtime/journal",
	"runtime/grant", "runtime/apiclient", "runtime/placeholder",
	"connectors",
	"runtime",
	"runtime/seal", "runtime/store", "runtime/store/migrate", "runtime/store/sqlite", "runtime/store/postgres", "runtime/store/postgres/pgtest",
	"runtime/store/storetest",
	"runtime/pages", "runtime/httpapi",
	"cmd/server",
	"docs/examples/practice", "docs/examples/platform",
}

// owners names the one package that may use each dependency, its tests aside. A dependency that is not here is not used.
var owners = map[string][]string{
	"github.com/go-json-experiment/json":       {"mapping/value"},
	"gopkg.in/yaml.v3":                         {"mapping/yamlpos"},
	"github.com/dop251/goja":                   {"jsbridge/worker"},
	"github.com/go-sourcemap/sourcemap":        {"jsbridge/worker"},
	"github.com/nlnwa/whatwg-url":              {"jsbridge/worker"},
	"golang.org/x/sys":                         {"jsbridge"},
	"github.com/elastic/go-seccomp-bpf":        {"jsbridge/sandbox"},
	"github.com/landlock-lsm/go-landlock":      {"jsbridge/sandbox"},
	"github.com/evanw/esbuild":                 {"jsbridge/worker"},
	"golang.org/x/oauth2":                      {"runtime/grant"},
	"github.com/labstack/echo/v4":              {"runtime/httpapi"},
	"github.com/danielgtaylor/huma/v2":         {"runtime/httpapi"},
	"github.com/prometheus/client_golang":      {"runtime/httpapi"},
	"modernc.org/sqlite":                       {"runtime/store/sqlite"},
	"github.com/jackc/pgx/v5":                  {"runtime/store/postgres"},
	"github.com/pressly/goose/v3":              {"runtime/store/migrate"},
	"github.com/santhosh-tekuri/jsonschema/v6": {"connectors"},
	"github.com/fsnotify/fsnotify":             {"connectors"},
	"code.dny.dev/ssrf":                        {"runtime/egress"},
	"golang.org/x/net":                         {"runtime/egress"},
	"github.com/hashicorp/golang-lru/v2":       {"runtime"},
	"github.com/cenkalti/backoff/v5":           {"runtime"},
	"github.com/sony/gobreaker/v2":             {"runtime"},
	"golang.org/x/time":                        {"runtime"},
	"golang.org/x/sync":                        {"runtime", "connectors"}, // two small tools of one module: singleflight, errgroup
	"github.com/alecthomas/kong":               {"cmd/server"},
	"github.com/ory/fosite":                    {"runtime/fakeprovider/strict"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestArrowsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "claviger/")
		level := slices.Index(rooms, name)
		if level < 0 && !strings.HasPrefix(name, "bench") {
			t.Errorf("package %s has no room: add it to the list, at its height", name)
			continue
		}
		for _, imported := range p.Imports {
			below, ours := strings.CutPrefix(imported, "claviger/")
			if ours && level >= 0 && slices.Index(rooms, below) >= level {
				t.Errorf("%s imports %s, which is not below it", name, below)
			}
		}
	}
}

func TestEveryDependencyHasOneOwner(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "claviger/")
		for _, imported := range p.Imports {
			if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				continue // the standard library, or ours
			}
			if !owned(name, imported) {
				t.Errorf("%s imports %s, which it does not own", name, imported)
			}
		}
	}
}

func owned(name, imported string) bool {
	for module, rooms := range owners {
		if imported == module || strings.HasPrefix(imported, module+"/") {
			return slices.Contains(rooms, name)
		}
	}
	return false
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "claviger/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
