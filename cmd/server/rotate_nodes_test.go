package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"claviger/runtime/fakeprovider"
	"claviger/runtime/store/postgres/pgtest"
)

// A rotation over three servers on one PostgreSQL, two of which share a keyset file, while the third has a copy: the
// command waits for it, by its name, and nobody has an error meanwhile.
func TestRotationOverNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t, pgtest.Shared(t).Create(t), fakeprovider.Options{}, 1)
	copied := filepath.Join(t.TempDir(), "copy.json")
	writeFile(t, copied, readFile(t, n.keyset()))
	third := startServer(t, append([]string{"--keyset", copied}, n.args...)...)
	ids := n.connections(6)
	old := keysOf(t, n.keyset()).Active()
	var stops []func() (int64, int64)
	for i, s := range []*testServer{n.testServer, n.other[0], third} {
		stops = append(stops, s.load(ids, ids[2*i:2*i+2]))
	}
	node := strings.TrimSpace(string(readFile(t, filepath.Join(third.Data, "node.id"))))
	n.refused("waited for "+node, "--wait", "3s")
	k := keysOf(t, n.keyset())
	if k.Active() != old || k.Next() == "" {
		t.Fatalf("active %s, next %s", k.Active(), k.Next())
	}
	writeFile(t, copied, readFile(t, n.keyset()))
	n.refused("that all nodes seal with key "+k.Next()+" (waited for "+node+")", "--wait", "4s")
	n.refused("does not seal with key", "--finish")
	writeFile(t, copied, readFile(t, n.keyset()))
	wantIn(t, n.rotate(), "every record is sealed with key "+k.Next())
	n.rotate("--finish") // the third forgets the old key, though its file has it
	for _, stop := range stops {
		if reads, renewals := stop(); reads < 5 || renewals < 2 {
			t.Errorf("%d reads, %d renewals", reads, renewals)
		}
	}
	if left := n.db.Exec(t, `SELECT count(*) FROM connections c, integrations i WHERE '`+old+`' IN (encode(substr(c.parameters, 2, 8), 'hex'), encode(substr(c.token, 2, 8), 'hex'),
		encode(substr(c.answer, 2, 8), 'hex'), encode(substr(c.spare, 2, 8), 'hex'), encode(substr(i.parameters, 2, 8), 'hex'))`); left != "0" {
		t.Errorf("%s records are sealed with the old key", left)
	}
	for _, s := range []*testServer{n.testServer, n.other[0], third} {
		for _, id := range ids {
			s.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
		}
	}
	third.Kill()
	third.Start() // with a file that still has the dropped key
	third.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+ids[0]+"/credentials", nil)
}

// The server that seals records anew is killed; another one goes on.
func TestResealingNodeKilled(t *testing.T) {
	t.Parallel()
	n := newNodes(t, pgtest.Shared(t).Create(t), fakeprovider.Options{}, 1)
	id := n.connections(1)[0]
	n.db.Exec(t, `ALTER TABLE connections DISABLE TRIGGER ALL; INSERT INTO connections (id, version, integration, owner, status, doc, parameters, token, recent)
		SELECT 'x' || i, 1, integration, owner, status, doc, parameters, token, recent FROM connections, generate_series(1, 3000) i; ALTER TABLE connections ENABLE TRIGGER ALL`)
	n.rotate("--no-wait")
	var killed *testServer
	eventually(t, 20*time.Second, "one of them is at it", func() bool {
		for _, s := range []*testServer{n.testServer, n.other[0]} {
			if strings.Contains(s.Log(), "sealing records anew") {
				killed = s
			}
		}
		return killed != nil
	})
	killed.Kill()
	cmd, told := n.rotating()
	if err := cmd.Run(); err == nil || !strings.Contains(told.String(), "3000 records are still sealed with other keys") { // copies of another's bytes do not open
		t.Errorf("%v %s", err, told)
	}
	n.db.Exec(t, `DELETE FROM connections WHERE id LIKE 'x%'`)
	n.rotate("--finish")
	killed.Start()
	killed.Want(http.StatusOK, http.MethodGet, "/v1/connections/"+id+"/credentials", nil)
}
