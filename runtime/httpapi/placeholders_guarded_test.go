package httpapi_test

import (
	"strings"
	"testing"
)

// A client secret in a JSON value is one in whatever way its characters are written there.
func TestPlaceholdersGuardSecretsThatAreEscaped(t *testing.T) {
	r := newRig(t, makeClient)
	r.echoing()
	parameters := r.parameters()
	parameters["clientSecret"] = `a"quoted\secret<é`
	rule := r.rule("body", "config", "[[copy]]", "[user[values/copy]]")
	r.put("/v1/integrations/app", map[string]any{"connector": "app", "parameters": parameters, "placeholders": []any{rule}})
	copies := map[string]any{"deep": []any{map[string]any{"secret": parameters["clientSecret"]}}}
	for _, v := range []any{copies, mustJSON(copies), strings.ReplaceAll(mustJSON(copies), "a", `\u0061`), []any{mustJSON(copies)}} {
		r.put("/v1/integrations/app/values/copy", map[string]any{"value": v})
		r.put("/v1/connections/con_1/values/copy", map[string]any{"value": v})
		for _, text := range []string{"[[copy]]", "[user[values/copy]]", `__[[copy]].json("[deep][0][secret]")__`, `__[[copy]].base64__`} {
			r.problem(r.do("POST", proxyPath+"/x", expanding, strings.NewReader(text)), 403, "forbidden")
		}
	}
}
