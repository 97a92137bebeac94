package mapping_test

import (
	"errors"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"claviger/mapping"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// typical is a getOAuthConfig as authors write it.
const typical = `# File: auth/get-oauth-config.map.yml
clientId:
  $var: connectorParameters.clientId
clientSecret:
  $var: connectorParameters.clientSecret
authorizeUri:
  $concat:
    - https://
    - $var: connectionParameters.domain
    - .example.com/oauth2/authorize
tokenUri:
  $concat:
    - https://
    - $var: connectionParameters.domain
    - .example.com/oauth2/token
scopes:
  - read
  - write
  - $var: connectorParameters.scope
clientAuthLocation: body
noRefreshToken: false
skipPkce: false
extra:
  prompt: consent
  access_type: offline
`

const typicalVars = `{"connectorParameters": {"clientId": "id", "clientSecret": "secret", "scope": "admin"},
	"connectionParameters": {"domain": "acme"}, "redirectUri": "https://claviger.example.com/oauth/callback/x", "state": "s"}`

const typicalResult = `{"clientId":"id","clientSecret":"secret","authorizeUri":"https://acme.example.com/oauth2/authorize",` +
	`"tokenUri":"https://acme.example.com/oauth2/token","scopes":["read","write","admin"],"clientAuthLocation":"body",` +
	`"noRefreshToken":false,"skipPkce":false,"extra":{"prompt":"consent","access_type":"offline"}}`

func TestHandWrittenGivesTheSame(t *testing.T) {
	v, err := handWritten(object(t, typicalVars))
	if err != nil || encode(t, v) != typicalResult || evaluate(t, typical, typicalVars) != typicalResult {
		t.Error(v, err)
	}
}

// handWritten builds the result of typical as a Go programmer would.
func handWritten(vars *value.Object) (*value.Object, error) {
	connector, ok := vars.Get("connectorParameters").(*value.Object)
	if !ok {
		return nil, errors.New("no connectorParameters")
	}
	connection, ok := vars.Get("connectionParameters").(*value.Object)
	if !ok {
		return nil, errors.New("no connectionParameters")
	}
	host := "https://" + connection.Text("domain") + ".example.com/oauth2/"
	o := value.NewObject(9)
	o.Set("clientId", connector.Get("clientId"))
	o.Set("clientSecret", connector.Get("clientSecret"))
	o.Set("authorizeUri", host+"authorize")
	o.Set("tokenUri", host+"token")
	o.Set("scopes", []any{"read", "write", connector.Get("scope")})
	o.Set("clientAuthLocation", "body")
	o.Set("noRefreshToken", false)
	o.Set("skipPkce", false)
	o.Set("extra", value.Of("prompt", "consent", "access_type", "offline"))
	return o, nil
}

// BenchmarkEval compares a typical getOAuthConfig with Go that builds the same value; ratio must stay below 2.
func BenchmarkEval(b *testing.B) {
	program := compile(b, typical, mapping.Options{Strict: func(path []string) bool {
		return len(path) == 1 && strings.HasSuffix(path[0], "Uri")
	}})
	vars := object(b, typicalVars)
	evaluate := func(b *testing.B) {
		for b.Loop() {
			if _, err := program.Eval(vars, mapping.Env{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	byHand := func(b *testing.B) {
		for b.Loop() {
			if _, err := handWritten(vars); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("mapping", evaluate)
	b.Run("hand-written", byHand)
	b.Run("ratio", func(b *testing.B) {
		reportRatio(b, func() { program.Eval(vars, mapping.Env{}) }, func() { handWritten(vars) }, 20_000)
	})
}

// BenchmarkLoad reads and compiles a typical mapping: ratio is what compiling adds to reading, heap-bytes what stays of it.
// What reading itself adds to the YAML library's is BenchmarkParse of yamlpos.
func BenchmarkLoad(b *testing.B) {
	src := []byte(typical)
	load := func() *mapping.Program {
		node, findings := yamlpos.Parse("auth/get-oauth-config.map.yml", src)
		program, more := mapping.Compile(node, mapping.Options{})
		if findings != nil || more != nil {
			b.Fatal(findings, more)
		}
		return program
	}
	b.Run("parse and compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load()
		}
	})
	b.Run("ratio", func(b *testing.B) {
		reportRatio(b, func() { load() }, func() { yamlpos.Parse("f", src) }, 500)
	})
	b.Run("retained", func(b *testing.B) {
		const count = 2000
		programs := make([]*mapping.Program, count)
		var before, after goruntime.MemStats
		for b.Loop() {
			clear(programs)
			goruntime.GC()
			goruntime.ReadMemStats(&before)
			for i := range programs {
				programs[i] = load()
			}
			goruntime.GC()
			goruntime.ReadMemStats(&after)
		}
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/count, "heap-bytes/program")
		goruntime.KeepAlive(programs)
	})
}

// reportRatio measures a and b by turns, n calls each time, and reports the median of ten ratios.
func reportRatio(b *testing.B, one, other func(), n int) {
	ratios := make([]float64, 10)
	for b.Loop() {
		for i := range ratios {
			ratios[i] = float64(measure(one, n)) / float64(measure(other, n))
		}
	}
	slices.Sort(ratios)
	b.ReportMetric((ratios[4]+ratios[5])/2, "ratio")
}

func measure(f func(), n int) time.Duration {
	start := time.Now()
	for range n {
		f()
	}
	return time.Since(start)
}
