package connectors

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// BenchmarkLoad loads folders of three files and, in turn, reads them and parses their YAML with yaml.v3 into plain values
// and nothing more, in parallel alike. It reports the median of the ratios of CPU time, the same against parsing into
// yaml.v3's tree of nodes alone, and the heap that a loaded connector holds.
//
//	go test -run - -bench Load -benchtime 10x ./connectors
func BenchmarkLoad(b *testing.B) {
	const folders = 10_000
	dir := b.TempDir()
	for i := range folders {
		writeTypical(b, dir, i)
	}
	var ratios, treeRatios []float64
	for b.Loop() {
		bare := timed(func() { readAndParse(b, dir, func() any { return new(any) }) })
		whole := timed(func() { loadAll(b, dir, folders) })
		tree := timed(func() { readAndParse(b, dir, func() any { return new(yaml.Node) }) })
		ratios = append(ratios, whole.Seconds()/bare.Seconds())
		treeRatios = append(treeRatios, whole.Seconds()/tree.Seconds())
	}
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(median(treeRatios), "ratio-tree")
	b.ReportMetric(0, "ns/op")
	before := heap()
	loaded := loadAll(b, dir, folders)
	b.ReportMetric(float64(heap()-before)/folders/1024, "KiB/connector")
	goruntime.KeepAlive(loaded)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// timed is the CPU time that f takes on all cores: unlike the time of day it is the same on a busy machine.
func timed(f func()) time.Duration {
	goruntime.GC()
	began := cpu()
	f()
	return cpu() - began
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heap() uint64 {
	var m goruntime.MemStats
	goruntime.GC()
	goruntime.GC()
	goruntime.ReadMemStats(&m)
	return m.HeapAlloc
}

func loadAll(b *testing.B, dir string, want int) []Folder {
	folders, err := Load(b.Context(), []Source{Dir(dir)}, nil)
	if err != nil || len(folders) != want {
		b.Fatal(len(folders), err)
	}
	for _, f := range folders {
		if f.Connector == nil {
			b.Fatal(f.Located())
		}
	}
	return folders
}

func readAndParse(b *testing.B, dir string, target func() any) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	err = inParallel(b.Context(), len(entries), func(i int) {
		err := filepath.WalkDir(filepath.Join(dir, entries[i].Name()), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil || !strings.HasSuffix(name, ".yml") {
				return err
			}
			return yaml.Unmarshal(text, target())
		})
		if err != nil {
			b.Error(err)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
}

// writeTypical writes a folder whose sizes are those of facts/measurements: 28 lines of spec.yml, 21 of a mapping, 59 of a
// hook. No two folders are alike.
func writeTypical(b *testing.B, dir string, i int) {
	key := fmt.Sprintf("connector-%05d", i)
	for name, text := range map[string]string{
		"spec.yml": typicalSpec, "auth/get-oauth-config.map.yml": typicalMapping, "auth/refresh-credentials.js": typicalHook,
	} {
		full := filepath.Join(dir, key, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(strings.ReplaceAll(text, "KEY", key)), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

const typicalSpec = `key: KEY
name: Provider KEY
logoUri: https://KEY.example.com/logo.svg
apiDocsUri: https://docs.KEY.example.com
categories: [support, crm]
parametersSchema:
  type: object
  properties:
    clientId: {type: string, title: Client ID of KEY}
    clientSecret: {type: string, title: Client secret, format: password}
  required: [clientId, clientSecret]
allowedHosts: ['*.KEY.example.com']
auth:
  type: oauth2
  ui:
    helpUri: https://docs.KEY.example.com/connect
    schema:
      type: object
      properties:
        domain:
          type: string
          title: Domain
          description: What stands before .KEY.example.com
          pattern: '^[a-z0-9][a-z0-9-]*$'
      required: [domain]
  getOAuthConfig: {implementationType: mapping}
  refreshCredentials:
    implementationType: javascript
`

const typicalMapping = `clientId:
  $var: connectorParameters.clientId
clientSecret:
  $var: connectorParameters.clientSecret
authorizeUri:
  $concat:
    - https://
    - $var: connectionParameters.domain
    - .KEY.example.com/oauth/authorize
tokenUri:
  $concat:
    - https://
    - $var: connectionParameters.domain
    - .KEY.example.com/oauth/token
scopes:
  - read
  - write
clientAuthLocation: body
extra:
  prompt: consent
  access_type: offline
  audience: KEY
`

var typicalHook = `const fields = ['access_token', 'refresh_token', 'expires_in'];

class Refresh {
  constructor(uri) { this.uri = uri; }
}

exports.refreshCredentials = async function ({ connectorParameters, connectionParameters, credentials }) {
  const r = new Refresh(` + "`https://${connectionParameters.domain}.KEY.example.com/oauth/token`" + `);
` + strings.Repeat("  // a line of what a provider asks for\n", 40) + `  const response = await fetch(r.uri, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: credentials.refresh_token }),
  });
  const fresh = await response.json();
  return Object.fromEntries(fields.map((f) => [f, fresh[f]]));
};
`
