package yamlpos

import (
	"bytes"
	"regexp"
	"strings"

	"claviger/mapping/finding"
)

// The library tells an error's line only sometimes, one off for half of its errors, and never the column. So, after an
// error, the text is read again: with a comment in front, which makes it always tell the line where the broken construct
// begins, and byte by byte, which shows how far it came.

// locate makes a finding of the library's error.
func locate(file string, src []byte, err error) finding.Finding {
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := unknownAnchor.FindStringSubmatch(problem); m != nil {
		return finding.Errorf(position(file, src, aliasOffset(src, m[1])), "alias *%s has no anchor &%s before it", m[1], m[1])
	}
	s := &syntaxError{src: src, problem: problem}
	if m := withLine.FindStringSubmatch(problem); m != nil {
		s.problem = m[2]
	}
	s.begins = s.beginning()
	at := position(file, src, s.offset())
	if strings.Contains(s.problem, "exceeded max depth") {
		return tooDeep(at)
	}
	f := finding.Errorf(at, "invalid YAML: %s", s.problem)
	if strings.Contains(s.problem, "did not find expected key") && at.Col > indent(s.line(s.lineStart(at.Line)))+1 {
		return f.Suggest("nothing can follow a value that has ended: put the whole text in quotes")
	}
	for _, h := range hints {
		if strings.Contains(s.problem, h.problem) {
			return f.Suggest("%s", h.hint)
		}
	}
	return f
}

var (
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	withLine      = regexp.MustCompile(`^line (\d+): (.*)$`)
)

var hints = []struct{ problem, hint string }{
	{"tab character", "indent with spaces"},
	{"mapping values are not allowed", "check the indentation, and the space after each key's colon; put a text that holds a colon in quotes"},
	{"cannot start any token", "indent with spaces; put a text that begins with a special character in quotes"},
	{"unexpected end of stream", "close the quote"},
	{"did not find expected key", "check the indentation of this line and the ones before"},
	{"expected '-' indicator", "check the indentation of this line and the ones before"},
	{"could not find expected ':'", "a key is followed by a colon and a space"},
	{"unknown escape", "in double quotes a \\ begins an escape; write the text in single quotes"},
	{"',' or ']'", "close the list with ]"},
	{"',' or '}'", "close the object with }"},
}

// aliasOffset is where the first *name stands.
func aliasOffset(src []byte, name string) int {
	for from := 0; ; {
		i := bytes.Index(src[from:], []byte("*"+name))
		if i < 0 {
			return 0
		}
		from += i
		end := from + 1 + len(name)
		if end == len(src) || strings.ContainsRune(" \t\r\n,]}:", rune(src[end])) {
			return from
		}
		from = end
	}
}
