package runtime

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"claviger/runtime/egress"
)

// What a node keeps in memory of opened connections at most: so many, and so many bytes of them.
const (
	hotConnections = 50_000
	hotBytes       = 256 << 20
)

// makeMemory makes what is remembered, each bounded.
func (e *Engine) makeMemory() (err error) {
	if e.hot, err = newHot(hotConnections, hotBytes); err != nil {
		return err
	}
	if e.integrations, err = newIntegrationMemory(1_000); err != nil {
		return err
	}
	if e.reach, err = lru.New[reachKey, egress.Hosts](1_000); err != nil {
		return err
	}
	if e.metadata, err = lru.New[string, storedMetadata](1_000); err != nil {
		return err
	}
	if e.ways, err = lru.New[string, *apiWay](10_000); err != nil {
		return err
	}
	if e.alerted, err = lru.New[string, struct{}](1_000); err != nil {
		return err
	}
	if e.refusals, err = newPace(refusalEach, refusalBurst); err != nil {
		return err
	}
	e.begun, err = newPace(begunEach, begunBurst)
	return err
}
