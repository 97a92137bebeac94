package yamlpos

import (
	"gopkg.in/yaml.v3"

	"claviger/mapping/finding"
)

// scanKeys is up to how many keys a map is searched by going through it.
const scanKeys = 16

// pairs collects the keys of one map.
type pairs struct {
	list   []Pair
	merged map[string]bool // keys that came by << and that a key of the map itself replaces
	index  map[string]int  // beyond scanKeys keys
}

func (p *pairs) find(key string) int {
	if p.index != nil {
		if i, ok := p.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range p.list {
		if p.list[i].Key == key {
			return i
		}
	}
	return -1
}

func (p *pairs) add(pair Pair) {
	p.list = append(p.list, pair)
	switch n := len(p.list); {
	case p.index != nil:
		if _, again := p.index[pair.Key]; !again {
			p.index[pair.Key] = n - 1
		}
	case n > scanKeys:
		p.index = make(map[string]int, 2*n)
		for i := n - 1; i >= 0; i-- {
			p.index[p.list[i].Key] = i
		}
	}
}

func (c *converter) mapping(out *Node, n *yaml.Node, depth int) {
	out.Kind, out.Text = Map, ""
	c.checkTag(n, "!!map")
	p := pairs{list: make([]Pair, 0, len(n.Content)/2)}
	nodes := make([]Node, len(n.Content)/2)
	for i := range nodes {
		key, v := n.Content[2*i], &nodes[i]
		c.fill(v, n.Content[2*i+1], depth+1)
		if isMerge(key) {
			c.merge(&p, key, v)
			continue
		}
		if text, ok := c.key(key, depth+1); ok {
			c.put(&p, Pair{Key: text, KeyPos: c.pos(key), Value: v})
		}
	}
	out.Pairs = p.list
}

// put adds a key that is written in the map itself.
func (c *converter) put(p *pairs, pair Pair) {
	i := p.find(pair.Key)
	switch {
	case i < 0:
		p.add(pair)
	case p.merged[pair.Key]:
		delete(p.merged, pair.Key)
		p.list[i] = pair
	default:
		first := p.list[i].KeyPos
		c.add(finding.Errorf(pair.KeyPos, "duplicate key %q, first at line %d, column %d", pair.Key, first.Line, first.Col).
			Suggest("keep one of the two"))
		p.add(pair)
	}
}

// key is the text of a key, aliases followed; false where it is a list or a map.
func (c *converter) key(n *yaml.Node, depth int) (string, bool) {
	if n.Anchor != "" {
		c.fill(new(Node), n, depth) // for the aliases to it
	}
	aliased := n.Kind == yaml.AliasNode
	if aliased {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.SequenceNode:
		c.add(finding.Errorf(c.pos(n), "a key is text, found a list"))
		return "", false
	case yaml.MappingNode:
		c.add(finding.Errorf(c.pos(n), "a key is text, found an object"))
		return "", false
	}
	if aliased {
		return n.Value, true // not kept with the others: thousands of keys may be the same long text
	}
	return c.keep(n.Value), true
}

func isMerge(key *yaml.Node) bool { return key.Kind == yaml.ScalarNode && key.Tag == "!!merge" }

// merge adds the keys of a merge key's maps that are not there yet; of several maps the first wins.
func (c *converter) merge(p *pairs, key *yaml.Node, v *Node) {
	maps := []*Node{v}
	if v.Kind == List {
		maps = v.Items
	}
	if p.merged == nil {
		p.merged = map[string]bool{}
	}
	for _, m := range maps {
		if m.Kind != Map {
			c.add(finding.Errorf(m.Pos, "the merge key << takes an object or a list of objects, found %s", m.Kind).
				Suggest("for a key that is named <<, write \"<<\""))
			continue
		}
		for _, pair := range m.Pairs {
			if p.find(pair.Key) < 0 {
				p.add(pair)
				p.merged[pair.Key] = true
			}
		}
	}
}
