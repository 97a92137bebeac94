package mapping

import (
	"fmt"
	"io"
	"strings"
)

// WriteHelp writes the reference of the language as plain text: how mappings work, then every operator with its argument and
// its examples. The error is the writer's.
func WriteHelp(w io.Writer) error {
	var b strings.Builder
	b.WriteString(introduction)
	for _, d := range Operators() {
		d.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const introduction = `THE MAPPING LANGUAGE

A mapping is any YAML value. An object whose first key is one of the operators below is a formula and stands for
its value; all else stands for itself. What is undefined vanishes from its object or list, and an object or list
emptied this way vanishes from its own; a literal {}, [], null, "", 0 or false stays. The arguments of operators
follow the same rules.

Variables are named by locators: $.a.b or a.b, list[0], list.length, with \ before a . [ ] or \ that belongs to a name.
`

const helpWidth = 110

func (d Doc) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s  %s\n", d.Name, d.Takes)
	wrap(b, d.Summary, "    ", "    ")
	for _, p := range d.Parameters {
		text := p.Text
		if p.Name != "" {
			text = p.Name + ": " + text
		}
		if p.Optional {
			text += " (may be left out)"
		}
		wrap(b, text, "      - ", "        ")
	}
	for _, e := range d.Examples {
		b.WriteByte('\n')
		for i, line := range strings.Split(e.Mapping, "\n") {
			fmt.Fprintf(b, "    %-8s%s\n", [...]string{"mapping", ""}[min(i, 1)], line)
		}
		if e.Variables != "" {
			fmt.Fprintf(b, "    %-8s%s\n", "with", e.Variables)
		}
		fmt.Fprintf(b, "    %-8s%s\n", "gives", e.Result)
	}
}

// wrap writes text in lines of at most helpWidth characters.
func wrap(b *strings.Builder, text, first, next string) {
	line := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case len(line)+1+len(word) > helpWidth:
			b.WriteString(line + "\n")
			line = next
		default:
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
}
