package connectors

import (
	"claviger/mapping/value"
	"claviger/mapping/yamlpos"
)

// appendJSON writes a node as JSON, keys in their order.
func appendJSON(b []byte, n *yamlpos.Node) []byte {
	switch n.Kind {
	case yamlpos.String:
		return appendText(b, n.Text)
	case yamlpos.List:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case yamlpos.Map:
		b = append(b, '{')
		for i, p := range n.Pairs {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(append(appendText(b, p.Key), ':'), p.Value)
		}
		return append(b, '}')
	}
	return append(b, n.Text...)
}

func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			encoded, _ := value.Encode(text) // a text can always be encoded
			return append(b, encoded...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
