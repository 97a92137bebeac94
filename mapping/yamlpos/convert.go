package yamlpos

import (
	"strings"

	"gopkg.in/yaml.v3"

	"claviger/mapping/finding"
	"claviger/mapping/value"
)

// aliasBudget is how many nodes of one tree may come out of aliases.
const aliasBudget = 20_000

// converter turns the library's tree into ours. It shares what aliases point to, but counts it each time.
type converter struct {
	file     string
	findings finding.List
	anchors  map[*yaml.Node]*Node // nil while the named value is being converted
	aliased  int                  // nodes that came out of aliases so far
	texts    strings.Builder      // every text of the file: one thing for the garbage collector, not hundreds
}

// keep is a copy of a text among the others of the file.
func (c *converter) keep(text string) string {
	at := c.texts.Len()
	c.texts.WriteString(text)
	return c.texts.String()[at:]
}

func (c *converter) pos(n *yaml.Node) finding.Pos {
	return finding.Pos{File: c.file, Line: n.Line, Col: n.Column}
}

func (c *converter) add(f finding.Finding) { c.findings = append(c.findings, f) }

// fill makes out the tree of n. Where n is unusable there is a finding, and out is null.
func (c *converter) fill(out *Node, n *yaml.Node, depth int) {
	out.Pos, out.Text = c.pos(n), "null"
	if depth > value.MaxDepth && n.Kind&(yaml.SequenceNode|yaml.MappingNode) != 0 {
		c.add(tooDeep(out.Pos))
		return
	}
	if n.Anchor != "" {
		if c.anchors == nil {
			c.anchors = map[*yaml.Node]*Node{}
		}
		c.anchors[n] = nil
		defer func() { c.anchors[n] = out }()
	}
	switch n.Kind {
	case yaml.AliasNode:
		c.alias(out, n, depth)
	case yaml.SequenceNode:
		c.list(out, n, depth)
	case yaml.MappingNode:
		c.mapping(out, n, depth)
	default:
		c.scalar(out, n)
	}
}

// alias lets out share the parts of what n points to.
func (c *converter) alias(out *Node, n *yaml.Node, depth int) {
	target := c.anchors[n.Alias]
	switch {
	case target == nil:
		c.add(finding.Errorf(out.Pos, "alias *%s points to a value that it is part of", n.Value))
	case c.aliased > aliasBudget: // has been reported
	case !c.measure(target, depth):
		c.aliased = aliasBudget + 1
		c.add(finding.Errorf(out.Pos, "aliases multiply into more than %d values, or more than %d deep",
			aliasBudget, value.MaxDepth).Suggest("write the values out, or use fewer aliases of aliases"))
	default:
		*out = *target
	}
}

// measure counts the nodes of n against the budget; false when it is used up or the depth is too great.
func (c *converter) measure(n *Node, depth int) bool {
	c.aliased++
	if c.aliased > aliasBudget || depth > value.MaxDepth && n.Kind >= List {
		return false
	}
	for _, item := range n.Items {
		if !c.measure(item, depth+1) {
			return false
		}
	}
	for _, p := range n.Pairs {
		if !c.measure(p.Value, depth+1) {
			return false
		}
	}
	return true
}

func (c *converter) list(out *Node, n *yaml.Node, depth int) {
	out.Kind, out.Text = List, ""
	c.checkTag(n, "!!seq")
	nodes := make([]Node, len(n.Content)) // together: loading thousands of files is mostly allocation
	out.Items = make([]*Node, len(n.Content))
	for i, item := range n.Content {
		out.Items[i] = &nodes[i]
		c.fill(out.Items[i], item, depth+1)
	}
}

// checkTag reports an explicit tag on a list or map that is not its own.
func (c *converter) checkTag(n *yaml.Node, own string) {
	if n.Style&yaml.TaggedStyle != 0 && n.Tag != own {
		c.add(unknownTag(c.pos(n), n.Tag))
	}
}

func tooDeep(at finding.Pos) finding.Finding {
	return finding.Errorf(at, "nested more than %d deep", value.MaxDepth)
}

func unknownTag(at finding.Pos, tag string) finding.Finding {
	return finding.Errorf(at, "tag %s is not known here", tag).Suggest("write the value without a tag")
}
