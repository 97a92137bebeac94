package yamlpos_test

import (
	"slices"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"claviger/mapping/yamlpos"
)

const spec = `key: freshdesk
name: Freshdesk
apiDocsUri: https://developers.freshdesk.com/api/
categories: [support]
parametersSchema:
  type: object
  properties:
    clientId: {type: string, title: Client id}
    clientSecret: {type: string, format: password}
  required: [clientId, clientSecret]
allowedHosts: ['*.freshdesk.com']
auth:
  type: oauth2
  ui:
    schema:
      type: object
      properties:
        domain:
          type: string
          pattern: ^[a-z0-9-]+$
          description: "The part before .freshdesk.com"
      required: [domain]
  # Method implementations
  getOAuthConfig:
    implementationType: mapping
  makeApiClient:
    implementationType: mapping
  test:
    implementationType: javascript
`

// BenchmarkParse compares Parse with the bare library; ratio is the median of ten, taken by turns.
func BenchmarkParse(b *testing.B) {
	src := []byte(spec)
	parse := func() {
		if n, findings := yamlpos.Parse("spec.yml", src); n == nil || findings != nil {
			b.Fatal(findings)
		}
	}
	bare := func() {
		var n yaml.Node
		if err := yaml.Unmarshal(src, &n); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parse()
		}
	})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			bare()
		}
	})
	b.Run("ratio", func(b *testing.B) {
		ratios := make([]float64, 10)
		for b.Loop() {
			for i := range ratios {
				ratios[i] = float64(measure(parse)) / float64(measure(bare))
			}
		}
		slices.Sort(ratios)
		b.ReportMetric((ratios[4]+ratios[5])/2, "ratio")
	})
}

func measure(f func()) time.Duration {
	start := time.Now()
	for range 500 {
		f()
	}
	return time.Since(start)
}
