package grant_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestAuthStyleIsAlwaysSaid reads this package's source: every endpoint or client that is handed to x/oauth2 says its
// AuthStyle, and none says AutoDetect, which redeems a code twice after a 400. TestOneRequestOnly shows the same from
// outside.
func TestAuthStyleIsAlwaysSaid(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if n.Sel.Name == "AuthStyleAutoDetect" {
					t.Errorf("%s uses %s", name, n.Sel.Name)
				}
			case *ast.CompositeLit:
				kind := typeName(n.Type)
				if kind != "oauth2.Endpoint" && kind != "clientcredentials.Config" && kind != "oauth2.Config" {
					return true
				}
				want := "AuthStyle"
				if kind == "oauth2.Config" {
					want = "Endpoint"
				}
				if !hasKey(n, want) {
					t.Errorf("%s makes a %s without %s", name, kind, want)
				}
				said++
			}
			return true
		})
	}
	if said < 3 {
		t.Errorf("found %d places, expected at least 3: does this test still read what it should?", said)
	}
}

func typeName(e ast.Expr) string {
	if s, ok := e.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

func hasKey(l *ast.CompositeLit, name string) bool {
	for _, e := range l.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if k, ok := kv.Key.(*ast.Ident); ok && k.Name == name {
				return true
			}
		}
	}
	return false
}
