package connectors

import (
	"context"
	"testing"
)

func TestCatalogueLoads(t *testing.T) {
	folders, err := Load(context.Background(), []Source{Bundled()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		for _, l := range f.Located() {
			t.Log(l)
		}
		if f.Connector == nil {
			t.Errorf("%s does not load", f.Path)
			continue
		}
		t.Log(f.Connector.Key, f.Connector.Hosts(nil, nil).Strings(), f.Connector.LiteralHosts)
	}
}
