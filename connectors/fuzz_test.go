package connectors

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claviger/mapping/value"
)

// No bytes in a folder make the loader panic, hang, or accept without a connector; what it accepts can be used.
func FuzzLoadFS(f *testing.F) {
	specs, err := filepath.Glob("../testdata/*/*/spec.yml")
	if err != nil || len(specs) == 0 {
		f.Fatal(specs, err)
	}
	for _, name := range specs {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		config, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "auth/get-oauth-config.map.yml"))
		f.Add(string(text), string(config), "exports.test = () => fetch(`https://${x}.example.com`)")
	}
	f.Fuzz(func(t *testing.T, spec, config, script string) {
		files := map[string]string{"c/spec.yml": spec}
		if config != "" {
			files["c/auth/get-oauth-config.map.yml"] = config
			files["c/auth/test.rest.yml"] = config
		}
		if script != "" {
			files["c/auth/make-api-client.js"] = script
		}
		c, found := LoadFS(mapFS(files), "c")
		if (c == nil) != found.HasErrors() {
			t.Fatalf("connector %v with findings %v", c, found)
		}
		for _, finding := range found {
			if finding.Pos.File == "" || strings.Contains(finding.String(), "\n") {
				t.Fatalf("unusable finding %q", finding.String())
			}
		}
		if c == nil {
			return
		}
		o := value.Of("a", "https://x.example.com", "b", []any{"y"})
		c.Hosts(o, o)
		for _, s := range []*Schema{c.Parameters, c.Auth.Input} {
			if errors := s.Validate(s.Apply(o)); len(errors) > 0 && strings.Contains(errors[0].Message, "cannot be used") {
				t.Fatalf("a schema was accepted and cannot be used: %s: %v", s.JSON(), errors)
			}
			s.Fields()
			s.Public(o)
		}
	})
}
