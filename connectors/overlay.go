package connectors

import (
	"slices"

	"claviger/mapping/yamlpos"
)

// overlay lays an option over the block it belongs to, field by field. Schemas are merged, as in that format.
func overlay(base, over *yamlpos.Node) *yamlpos.Node {
	out := *over
	out.Pairs = slices.DeleteFunc(slices.Clone(over.Pairs), func(p yamlpos.Pair) bool {
		return p.Key == "inputSchema" || p.Key == "ui"
	})
	for _, p := range base.Pairs {
		if p.Key != "options" && p.Key != "inputSchema" && p.Key != "ui" && over.Pair(p.Key) == nil {
			out.Pairs = append(out.Pairs, p)
		}
	}
	if input := mergeSchemas(inputNode(base), inputNode(over)); input != nil {
		out.Pairs = append(out.Pairs, yamlpos.Pair{Key: "inputSchema", KeyPos: input.Pos, Value: input})
	}
	if ui := mergeUI(base.Get("ui"), over.Get("ui")); ui != nil {
		out.Pairs = append(out.Pairs, yamlpos.Pair{Key: "ui", KeyPos: ui.Pos, Value: ui})
	}
	return &out
}

func mergeUI(base, over *yamlpos.Node) *yamlpos.Node {
	if over == nil {
		over = base
	}
	if over == nil || over.Kind != yamlpos.Map {
		return over
	}
	out := *over
	out.Pairs = slices.DeleteFunc(slices.Clone(over.Pairs), func(p yamlpos.Pair) bool { return p.Key == "schema" })
	if help := base.Pair("helpUri"); help != nil && over.Pair("helpUri") == nil {
		out.Pairs = append(out.Pairs, *help)
	}
	return &out
}

// mergeSchemas joins two schemas of parameters: properties and required of both, of everything else the later one's.
func mergeSchemas(base, over *yamlpos.Node) *yamlpos.Node {
	if base == nil || over == nil || base.Kind != yamlpos.Map || over.Kind != yamlpos.Map {
		if over == nil {
			return base
		}
		return over
	}
	out := *over
	out.Pairs = slices.Clone(over.Pairs)
	for _, p := range base.Pairs {
		i := slices.IndexFunc(out.Pairs, func(o yamlpos.Pair) bool { return o.Key == p.Key })
		switch {
		case i < 0:
			out.Pairs = append(out.Pairs, p)
		case p.Key == "properties":
			out.Pairs[i].Value = mergeProperties(p.Value, out.Pairs[i].Value)
		case p.Key == "required":
			out.Pairs[i].Value = mergeRequired(p.Value, out.Pairs[i].Value)
		}
	}
	return &out
}

func mergeProperties(base, over *yamlpos.Node) *yamlpos.Node {
	if base.Kind != yamlpos.Map || over.Kind != yamlpos.Map {
		return over
	}
	out := *over
	out.Pairs = nil
	for _, p := range base.Pairs {
		if o := over.Pair(p.Key); o != nil {
			p = *o
		}
		out.Pairs = append(out.Pairs, p)
	}
	for _, o := range over.Pairs {
		if base.Pair(o.Key) == nil {
			out.Pairs = append(out.Pairs, o)
		}
	}
	return &out
}

func mergeRequired(base, over *yamlpos.Node) *yamlpos.Node {
	out := *over
	out.Items = slices.Clone(base.Items)
	for _, item := range over.Items {
		if !slices.ContainsFunc(base.Items, func(b *yamlpos.Node) bool { return b.Text == item.Text }) {
			out.Items = append(out.Items, item)
		}
	}
	return &out
}
