package connectors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claviger/connectors"
	"claviger/mapping/value"
)

// Every connector of the catalogue loads without a finding of any severity, tells in its README which callback URL to
// register and from which pages it was written, and has samples.
func TestCatalogue(t *testing.T) {
	folders, err := connectors.Load(context.Background(), []connectors.Source{connectors.Bundled()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) < 10 {
		t.Errorf("the catalogue has %d connectors", len(folders))
	}
	for _, f := range folders {
		for _, found := range f.Located() {
			t.Error(found)
		}
		if c := f.Connector; c != nil {
			t.Run(c.Key, func(t *testing.T) { checkReadme(t, c) })
			t.Run(c.Key, func(t *testing.T) { runSamples(t, c) })
		}
	}
}

func checkReadme(t *testing.T, c *connectors.Connector) {
	for _, heading := range []string{"## At the provider", "## Parameters", "## How it behaves", "## Sources"} {
		if !strings.Contains(c.README, "\n"+heading+"\n") {
			t.Errorf("README.md has no heading %q", heading)
		}
	}
	if c.Auth.Type == connectors.OAuth2 && !strings.Contains(c.README, "<public-url>/oauth/callback/<integration>") {
		t.Error("README.md does not name the callback URL")
	}
	if c.APIDocsURI == "" || len(c.Categories) == 0 || c.Name == "" {
		t.Error("spec.yml lacks name, apiDocsUri or categories")
	}
}

// sample is one walk through a connector: what is given, and in expect what every step then gave. The samples of a
// connector are a list in testdata/catalogue; -update writes what they give now as what is expected.
type sample struct {
	Name                 string          `json:"name"`
	Option               string          `json:"option,omitempty"` // auth option
	ConnectorParameters  *value.Object   `json:"connectorParameters,omitempty"`
	ConnectionParameters *value.Object   `json:"connectionParameters,omitempty"`
	Callback             *value.Object   `json:"callback,omitempty"`      // the query that the provider sends the browser back with
	TokenAnswer          *value.Object   `json:"tokenAnswer,omitempty"`   // to the exchange
	RefreshAnswer        *value.Object   `json:"refreshAnswer,omitempty"` // to a refresh
	TestAnswer           *value.Object   `json:"testAnswer,omitempty"`    // to the request of test
	Expect               json.RawMessage `json:"expect"`
}

func samplesFile(key string) string { return filepath.Join("..", "testdata", "catalogue", key+".json") }

func runSamples(t *testing.T, c *connectors.Connector) {
	samples := readSamples(t, c.Key)
	for i := range samples {
		s := &samples[i]
		t.Run(s.Name, func(t *testing.T) {
			got := indented(t, walkThrough(t, c, s))
			if updating() {
				s.Expect = got
			} else if want := indented(t, s.Expect); !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	if updating() {
		if err := os.WriteFile(samplesFile(c.Key), append(indented(t, samples), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readSamples(t *testing.T, key string) []sample {
	t.Helper()
	text, err := os.ReadFile(samplesFile(key))
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var samples []sample
	if err := d.Decode(&samples); err != nil || len(samples) == 0 {
		t.Fatalf("%s holds no samples: %v", samplesFile(key), err)
	}
	return samples
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(out.Bytes())
}

func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}
