package yamlpos

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"

	"claviger/mapping/finding"
)

// MaxBytes is the size above which a file is refused.
const MaxBytes = 256 << 10

// Parse reads one YAML document. The node is nil only where nothing can be made of src; otherwise findings and a tree that is
// as whole as can be come together, so that what reads the tree can add its own findings. An empty src is null.
//
// Found are: sizes above MaxBytes, text that is not UTF-8, control characters, syntax errors, duplicate keys, keys that are
// lists or maps, numbers that JSON cannot hold, tags outside of YAML's core schema, more than one document, nesting deeper
// than value.MaxDepth, aliases to an enclosing value and aliases that multiply.
func Parse(file string, src []byte) (*Node, finding.List) {
	if f := checkText(file, src); f != nil {
		return nil, finding.List{*f}
	}
	first, second, err := decode(bytes.NewReader(src))
	c := converter{file: file}
	if err != nil {
		c.add(locate(file, src, err))
		if first == nil {
			return nil, c.findings
		}
	}
	if first == nil {
		return &Node{Pos: finding.Pos{File: file, Line: 1, Col: 1}, Text: "null"}, nil
	}
	c.texts.Grow(len(src))
	n := new(Node)
	c.fill(n, first, 1)
	if second != nil {
		c.add(finding.Errorf(c.pos(second), "more than one document in this file").
			Suggest("a file holds one document: split it at the line ---"))
	}
	return n, c.findings.Sort()
}

// decode reads the first document and, if there is one, the second; first stands even where the second is broken. What the
// library may panic with is an error here.
func decode(r io.Reader) (first, second *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	d := yaml.NewDecoder(r)
	if first, err = decodeOne(d); first == nil {
		return nil, nil, err
	}
	second, err = decodeOne(d)
	return first, second, err
}

// decodeOne is the value of the next document; nil without an error at the end.
func decodeOne(d *yaml.Decoder) (*yaml.Node, error) {
	var document yaml.Node
	err := d.Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return document.Content[0], nil
}
