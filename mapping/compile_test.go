package mapping_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claviger/mapping"
	"claviger/mapping/finding"
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

var update = flag.Bool("update", false, "write the findings that came out as the expected ones")

// TestFindings compiles the mappings of testdata/findings; what is expected of NAME.yml stands in NAME.txt.
func TestFindings(t *testing.T) {
	files, err := filepath.Glob("testdata/findings/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		node, findings := yamlpos.Parse(filepath.Base(file), src)
		program, more := mapping.Compile(node, mapping.Options{})
		if (program == nil) != more.HasErrors() {
			t.Errorf("%s: program %v with errors %v", file, program, more.HasErrors())
		}
		got := append(findings, more...).Sort().Error() + "\n"
		expected := strings.TrimSuffix(file, ".yml") + ".txt"
		if *update {
			if err := os.WriteFile(expected, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(expected)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v\n%s\nnot\n%s", file, err, got, want)
		}
	}
}

// TestEqualToTheOriginal runs what testdata/original.json has recorded from the evaluator of Integration.app's SDK 0.28.3. Where
// this language differs on purpose, error is the finding, or why tells the reason for the value in here. A value that is not
// there is undefined.
func TestEqualToTheOriginal(t *testing.T) {
	src, err := os.ReadFile("testdata/original.json")
	if err != nil {
		t.Fatal(err)
	}
	recorded := object(t, string(src))
	variables := recorded.Get("variables").(*value.Object)
	for _, item := range recorded.Get("cases").([]any) {
		c := item.(*value.Object)
		vars := variables.Get(c.Text("variables")).(*value.Object)
		program, findings := mapping.Compile(yamlpos.FromValue(finding.Pos{}, c.Get("mapping")), mapping.Options{})
		if program == nil {
			if findings[0].Message != c.Text("error") {
				t.Errorf("%s: %v", encode(t, c.Get("mapping")), findings)
			}
			continue
		}
		want := c.Get("there")
		if c.Has("why") {
			want = c.Get("here")
		}
		got, err := program.Eval(vars, fixed)
		if err != nil || c.Has("error") || encode(t, got) != encode(t, want) {
			t.Errorf("%s gives %s, %v, not %s", encode(t, c.Get("mapping")), encode(t, got), err, encode(t, want))
		}
	}
}

func TestCompilingNothing(t *testing.T) {
	if program, findings := mapping.Compile(nil, mapping.Options{}); program != nil || !findings.HasErrors() {
		t.Error(program, findings)
	}
	if got := evaluate(t, "# nothing", ""); got != "null" {
		t.Error(got)
	}
}
