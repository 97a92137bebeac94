package connectors

import (
	"strings"
	"testing"

	"claviger/mapping/yamlpos"
	"gopkg.in/yaml.v3"
)

// BenchmarkCompile is what a folder that has been read costs, beside the parsing of its YAML by the two packages below.
func BenchmarkCompile(b *testing.B) {
	f := &folder{files: map[string][]byte{}}
	for name, text := range map[string]string{
		"spec.yml": typicalSpec, "auth/get-oauth-config.map.yml": typicalMapping, "auth/refresh-credentials.js": typicalHook,
	} {
		f.files[name] = []byte(strings.ReplaceAll(text, "KEY", "connector-00001"))
	}
	f.names = []string{"auth/get-oauth-config.map.yml", "auth/refresh-credentials.js", "spec.yml"}
	b.Run("folder", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if out := compileFolder(f, "x"); out.Connector == nil {
				b.Fatal(out.Findings)
			}
		}
	})
	b.Run("yamlpos", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			yamlpos.Parse("spec.yml", f.files["spec.yml"])
			yamlpos.Parse("a.yml", f.files["auth/get-oauth-config.map.yml"])
		}
	})
	b.Run("yaml.v3", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var n, m yaml.Node
			if yaml.Unmarshal(f.files["spec.yml"], &n) != nil || yaml.Unmarshal(f.files["auth/get-oauth-config.map.yml"], &m) != nil {
				b.Fatal("cannot parse")
			}
		}
	})
	b.Run("yaml.v3-any", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var n, m any
			if yaml.Unmarshal(f.files["spec.yml"], &n) != nil || yaml.Unmarshal(f.files["auth/get-oauth-config.map.yml"], &m) != nil {
				b.Fatal("cannot parse")
			}
		}
	})
}
